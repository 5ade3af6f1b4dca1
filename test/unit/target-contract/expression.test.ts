import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContractFault } from '../../../lib/errors.ts';
import { compileExpression } from '../../../lib/target/expression.ts';

const EVENT = { id: 'e-1', name: 'order.placed', tags: ['a', 'b'], nested: { list: [{ n: 1 }] } };

/** JSONata's lists have members of their own besides their elements. */
const plain = (value: unknown) => (Array.isArray(value) ? Array.from(value) : value);

const evaluate = (source: string, event: unknown = EVENT) =>
  compileExpression(source, 'contract.json create.variables').evaluate({ event });

const isTrue = (source: string, event: unknown = EVENT) =>
  compileExpression(source, 'contract.json create.created').isTrue({ event });

function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(freeze);
    Object.freeze(value);
  }
  return value;
}

describe('compileExpression refuses', () => {
  it.each([
    ['$now()', /character 4: \$now is refused/],
    ['{"at": $millis()}', /\$millis is refused/],
    ['event.tags[$random() > 0.5]', /\$random is refused/],
    ['$shuffle(event.tags)', /\$shuffle is refused/],
    ['$eval(event.body)', /\$eval is refused/],
    ['$map(event.tags, $now)', /\$now is refused/],
    ['($clock := $now; $clock())', /\$now is refused/],
    ['function($x){ $x & $millis() }("a")', /\$millis is refused/],
    ['event ~> | nested | {"at": $now()} |', /\$now is refused/],
    ['event^(<$random())', /\$random is refused/],
    ['event{id: $now()}', /\$now is refused/],
    ['$toMillis(event.time, "[H01]:[m01]")', /\$toMillis needs a picture with a year/],
    ['$toMillis(event.time, event.picture)', /\$toMillis needs a picture with a year/],
    ['event.time ~> $toMillis("[H01]:[m01]")', /\$toMillis needs a picture with a year/],
    ['$map(event.times, $toMillis)', /\$toMillis needs a picture with a year/],
    ['($t := $toMillis; $t("1", "[H]"))', /\$toMillis needs a picture with a year/],
    ['$toMillis(?, "[H]")("1")', /\$toMillis needs a picture with a year/],
    ['event.id ~> $pad(event.width)', /\$pad needs a width/],
    ['($p := $pad; $p("a", event.width))', /\$pad needs a width/],
    ['$pad(event.id, event.width)', /\$pad needs a width that is written out/],
    ['$pad(event.id, 100000000)', /\$pad needs a width that is written out/],
    ['$match(event.id, /(a)\\1/)', /character \d+: the regular expression .*\\1/],
    ['$contains(event.id, /(?=a)/)', /the regular expression cannot run in linear time/],
    ['event.(id', /contract\.json create\.variables: character \d+: /],
    ['"open', /character 5: String literal/],
  ])('%s', (source, message) => {
    expect(() => compileExpression(source, 'contract.json create.variables')).toThrow(message);
  });

  it('every reason at once', () => {
    expect(() => compileExpression('$now() & $random()', 'x')).toThrow(/\$now[\s\S]*\$random/);
  });
});

describe('an expression', () => {
  it.each([
    ['event.id', 'e-1'],
    ['event.`$now`', undefined],
    ['"$now()"', '$now()'],
    ['($constructor := $uppercase; $constructor("a"))', 'A'],
    ['$toMillis("2026-01-01T00:00:00Z")', 1_767_225_600_000],
    ['"2026-01-01T00:00:00Z" ~> $toMillis()', 1_767_225_600_000],
    ['"2026/01/01" ~> $toMillis("[Y]/[M]/[D]")', 1_767_225_600_000],
    ['$toMillis("2026-01-01", "[Y0001]-[M01]-[D01]")', 1_767_225_600_000],
    ['(function($x){ $x * 2 })(21)', 42],
    ['$replace("2026-01-02", /(\\d+)-(\\d+)-(\\d+)/, "$3.$2.$1")', '02.01.2026'],
    ['$match("😀a😀A", /a/i).index', [2, 5]],
    ['$count($split("a, b,c", /,\\s*/))', 3],
    ['$match("xay", /(b)?a/).groups[0]', undefined],
    ['$contains("first\\nsecond", /^second$/m)', true],
    ['$pad("a", -3, "0")', '00a'],
    ['event.id ~> $pad(5)', 'e-1  '],
    ['$contains("a/b", /a\\/b/)', true],
  ])('%s', async (source, value) => {
    expect(plain(await evaluate(source))).toEqual(value);
  });

  it('ends in time whatever its regular expression', async () => {
    const startedMs = performance.now();
    expect(await isTrue('$contains(event.id, /(a+)+$/)', { id: `${'a'.repeat(5000)}!` })).toBe(
      false,
    );
    expect(performance.now() - startedMs).toBeLessThan(1000);
  });

  it('gives the matches of the built-in engine', async () => {
    const match = compileExpression('$match(event.text, /(a|b)+c?|[0-9]+/).match', 'x');
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '😀') }),
        async (text) => {
          const expected = text.match(/(a|b)+c?|[0-9]+/g) ?? undefined;
          const found = await match.evaluate({ event: { text } });
          expect(plain(found)).toEqual(expected?.length === 1 ? expected[0] : plain(expected));
        },
      ),
    );
  });

  it.each([
    ['an endless loop', '($f := function($x){ $f($x) }; $f(1))', /timeout/],
    ['endless recursion', '($f := function($x){ 1 + $f($x) }; $f(1))', /Stack overflow/],
    [
      'a regular expression with many long matches',
      '$match($join($map([1..20000], function($n){ "xz" })), /x.*y|z/)',
      /x\.\*y\|z ran for 500 ms/,
    ],
    ['a huge list', '[1..1000000]', /sequence/],
  ])('is ended: %s', async (_name, source, message) => {
    await expect(evaluate(source)).rejects.toThrow(message);
  });

  it('rejects with a fault that names the place, the event and the reason', async () => {
    const failing = evaluate('$uppercase(event.tags)');
    await expect(failing).rejects.toBeInstanceOf(ContractFault);
    await expect(failing).rejects.toThrow(
      /^contract\.json create\.variables fails for event "e-1": character \d+: Argument 1/,
    );
    await expect(evaluate('$uppercase(event)', 5)).rejects.toThrow('an event without an id');
  });

  it.each([
    'event ~> | $ | {"id": "changed"} |',
    '$$ ~> | $$.event | {"id": "changed"}, ["name"] |',
    '($e := event; $e ~> | $e | {"id": "changed"} |)',
    '($clone := function($x){ $x }; event ~> | nested | {"list": 1} |)',
    '$append(event.tags, "c")',
    '$sort(event.tags, function($l, $r){ $l < $r })',
    '$reverse(event.tags)',
    '$merge([event, {"id": 2}])',
  ])('leaves the event as it is: %s', async (source) => {
    const event = freeze(structuredClone(EVENT));
    await evaluate(source, event);
    expect(event).toEqual(EVENT);
  });
});

describe('isTrue', () => {
  it.each([
    ['event.missing', false],
    ['null', false],
    ['event.id', true],
    ['""', false],
    ['0', false],
    ['2', true],
    ['[]', false],
    ['[0, 0]', false],
    ['[0, 1]', true],
    ['{}', false],
    ['event.nested', true],
    ['$uppercase', false],
    ['event.id = "e-1"', true],
    ['event.missing = event.other', false],
  ])('of %s is %s', async (source, truth) => {
    expect(await isTrue(source)).toBe(truth);
  });
});
