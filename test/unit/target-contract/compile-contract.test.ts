import { describe, expect, it } from 'vitest';
import { ConfigError, ContractFault } from '../../../lib/errors.ts';
import { compileContract } from '../../../lib/target/compile-contract.ts';
import type { AnswerView, ContractFiles, VariablesInput } from '../../../lib/target/contract.ts';

const CREATE = `mutation addOrder($input: OrderInput!, $note: String) {
  orderCreate(input: $input, note: $note) { order { id } userErrors { code } }
}`;
const LOOKUP = 'query find($id: ID!) { order(id: $id) { id } }';
const JSON_FILE = {
  create: {
    variables: '{"input": {"id": event.id, "at": timestamp}, "note": event.note}',
    created: 'data.orderCreate.order.id = event.id',
    userErrors: 'data.orderCreate.userErrors',
  },
  lookup: { variables: '{"id": event.id}', found: 'data.order.id = event.id' },
};

type Json = Record<string, unknown>;

function files(change: { create?: string; lookup?: string | null; json?: Json | string } = {}) {
  const { create = CREATE, lookup = LOOKUP, json = JSON_FILE } = change;
  return {
    'create.graphql': create,
    ...(lookup === null ? {} : { 'lookup.graphql': lookup }),
    'contract.json': typeof json === 'string' ? json : JSON.stringify(json),
  } satisfies ContractFiles;
}

function problemsOf(contract: ContractFiles): string[] {
  try {
    compileContract(contract);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const input = (event: object = { id: 'e-1' }): VariablesInput => ({
  event,
  timestamp: 1_767_225_600,
  brand: 'acme',
  idempotencyKey: 'key',
});

const create = (change: Json) => ({ ...JSON_FILE, create: { ...JSON_FILE.create, ...change } });

describe('compileContract', () => {
  it.each<[string, ContractFiles, string[]]>([
    ['a good contract', files(), []],
    ['no lookup', files({ lookup: null, json: { create: JSON_FILE.create } }), []],
    [
      'a document with a syntax error',
      files({ create: 'mutation {\n  a(' }),
      ['create.graphql:2:5: Syntax Error: Expected Name, found <EOF>.'],
    ],
    [
      'a query as creation',
      files({ create: 'query a($input: X!, $note: Y) { a(input: $input, note: $note) }' }),
      ['create.graphql:1:1: must be a mutation, not a query'],
    ],
    [
      'a mutation as lookup',
      files({ lookup: 'mutation ($id: ID!) { a(id: $id) }' }),
      ['lookup.graphql:1:1: must be a query, not a mutation'],
    ],
    [
      'two operations',
      files({ lookup: `${LOOKUP}\nquery b { b }` }),
      ['lookup.graphql:2:1: must hold one operation, not 2'],
    ],
    [
      'no operation',
      files({ lookup: 'fragment F on A { a }' }),
      ['lookup.graphql: must hold one query'],
    ],
    [
      'a type',
      files({ lookup: `${LOOKUP} type A { a: Int }` }),
      ['lookup.graphql:1:48: only an operation and fragments may be here'],
    ],
    [
      'two root fields',
      files({ lookup: 'query ($id: ID!) { order(id: $id) { id } b }' }),
      ['lookup.graphql:1:42: must have one root field, so that several can share a request'],
    ],
    [
      'a fragment at the root',
      files({ lookup: 'query ($id: ID!) { ... on Query { order(id: $id) { id } } }' }),
      ['lookup.graphql:1:20: must have a field at the root, not a fragment'],
    ],
    [
      'an alias at the root',
      files({ lookup: 'query ($id: ID!) { found: order(id: $id) { id } }' }),
      ['lookup.graphql:1:20: must not have an alias at the root: write order'],
    ],
    [
      'a variable in a fragment',
      files({
        lookup: 'query ($id: ID!) { order(id: $id) { ...F } } fragment F on Order { at(id: $id) }',
      }),
      ['lookup.graphql:1:75: $id stands in the fragment F: write its fields out'],
    ],
    [
      'a variable that is not declared',
      files({ lookup: 'query ($id: ID!) { order(id: $id, of: $tenant) { id } }' }),
      ['lookup.graphql:1:39: $tenant is not declared'],
    ],
    [
      'a variable that is not used',
      files({ lookup: 'query ($id: ID!, $a: Int) { order(id: $id) { id } }' }),
      ['lookup.graphql:1:18: $a is declared and not used'],
    ],
    [
      'a variable declared twice',
      files({ lookup: 'query ($id: ID!, $id: ID!) { order(id: $id) { id } }' }),
      ['lookup.graphql:1:18: $id is declared twice'],
    ],
    ['no JSON', files({ json: '{' }), [expect.stringMatching(/^contract\.json: is not JSON: /)]],
    ['no object', files({ json: '5' }), [expect.stringMatching(/^contract\.json: /)]],
    [
      'an unknown member',
      files({ json: { ...JSON_FILE, colour: 'red' } }),
      ['contract.json colour: is not a member of a target contract'],
    ],
    [
      'an unknown member further in',
      files({ json: create({ userError: 'x' }) }),
      ['contract.json create.userError: is not a member of a target contract'],
    ],
    [
      'nothing to create',
      files({ json: { lookup: JSON_FILE.lookup } }),
      ['contract.json create: is required'],
    ],
    [
      'an empty expression',
      files({ json: create({ created: ' ' }) }),
      ['contract.json create.created: must not be empty'],
    ],
    [
      'a number as expression',
      files({ json: create({ created: 5 }) }),
      ['contract.json create.created: must be a JSONata expression'],
    ],
    [
      'a lookup without its document',
      files({ lookup: null }),
      ['contract.json lookup: needs a file lookup.graphql'],
    ],
    [
      'a document without its lookup',
      files({ json: { create: JSON_FILE.create } }),
      ['contract.json lookup: is required beside lookup.graphql'],
    ],
    [
      'fragments that spread each other',
      files({
        create: `mutation ($id: ID!) { createItem(id: $id) { ...A } }
          fragment A on Item { id ...B }
          fragment B on Item { id ...A }`,
      }),
      [
        expect.stringMatching(/^create\.graphql:2:\d+: the fragment A spreads itself/),
        expect.stringMatching(/^create\.graphql:3:\d+: the fragment B spreads itself/),
      ],
    ],
    [
      'an unknown verdict',
      files({ json: { ...JSON_FILE, verdicts: [{ when: 'true', verdict: 'great' }] } }),
      [expect.stringMatching(/^contract\.json verdicts\[0\]\.verdict: must be one of delivered, /)],
    ],
    [
      'a bad `when`',
      files({ json: { ...JSON_FILE, verdicts: [{ when: 'a b', verdict: 'unknown' }] } }),
      [expect.stringMatching(/^contract\.json verdicts\[0\]\.when: character 3: /)],
    ],
    [
      'a variable too many',
      files({ json: create({ variables: '{"input": {}, "id": event.id}' }) }),
      ['contract.json create.variables: gives $id, which create.graphql does not declare'],
    ],
    [
      'a variable too few',
      files({ json: create({ variables: '{"note": "n"}' }) }),
      ['contract.json create.variables: does not give $input, which create.graphql requires'],
    ],
    [
      'a variable too few, in a block',
      files({ json: create({ variables: '($n := "n"; {"note": $n})' }) }),
      ['contract.json create.variables: does not give $input, which create.graphql requires'],
    ],
    [
      'a variable too few, in a condition',
      files({ json: create({ variables: 'event.a ? {"input": {}} : {"note": 1}' }) }),
      ['contract.json create.variables: does not give $input, which create.graphql requires'],
    ],
    [
      'names that only an event tells',
      files({ json: create({ variables: '$merge([event, {"x": 1}])' }) }),
      [],
    ],
    [
      'a name that only an event tells',
      files({ json: create({ variables: '{event.key: {}, "note": "n"}' }) }),
      [],
    ],
  ])('%s', (_name, contract, problems) => {
    expect(problemsOf(contract)).toEqual(problems);
  });

  it('names every problem of every file at once', () => {
    const problems = problemsOf(
      files({
        create: 'query a { a b }',
        lookup: 'query (',
        json: {
          create: { variables: '$now()', created: 'a b', userErrors: '(' },
          lookup: { variables: '{"id": 1', found: '$random()' },
          verdicts: [{ when: '(', verdict: 'unknown' }],
        },
      }),
    );
    const places = problems.map((problem) => problem.split(/: /)[0]);
    expect(new Set(places)).toEqual(
      new Set([
        'create.graphql:1:1',
        'create.graphql:1:13',
        'lookup.graphql:1:8',
        'contract.json create.variables',
        'contract.json create.created',
        'contract.json create.userErrors',
        'contract.json lookup.variables',
        'contract.json lookup.found',
        'contract.json verdicts[0].when',
      ]),
    );
  });
});

describe('a compiled contract', () => {
  const contract = compileContract(files());

  it('knows its root fields', () => {
    expect([contract.createField, contract.lookupField]).toEqual(['orderCreate', 'order']);
  });

  it('sends the document unchanged for one event', async () => {
    const operation = await contract.createOperation([input({ id: 'e-1', note: 'n' })]);
    expect(operation).toEqual({
      query: CREATE,
      variables: { input: { id: 'e-1', at: 1_767_225_600 }, note: 'n' },
      fields: ['orderCreate'],
    });
  });

  it('leaves out a variable that may be absent', async () => {
    const { variables } = await contract.createOperation([input()]);
    expect(Object.keys(variables)).toEqual(['input']);
  });

  it('has the text of a group once', async () => {
    const first = await contract.lookupOperation([input(), input()]);
    const second = await contract.lookupOperation([input({ id: 'x' }), input({ id: 'y' })]);
    expect(second.query).toBe(first.query);
    expect(second.fields).toEqual(['order0', 'order1']);
    expect(Object.values(second.variables)).toEqual(['x', 'y']);
  });

  it.each([
    [
      '$merge([{"note": "n"}])',
      /returns no \$input, which create\.graphql requires, for event "e-1"/,
    ],
    ['{"input": null}', /returns no \$input/],
    ['{"input": event.missing}', /returns no \$input/],
    ['event.missing', /must return an object of variables/],
    ['[1, 2]', /must return an object of variables/],
    ['$uppercase', /must return an object of variables/],
    ['{"input": $uppercase}', /returns a function as \$input/],
    ['{"input": function($x){ $x }}', /returns a function as \$input/],
    ['{"input": $uppercase(5)}', /create\.variables fails for event "e-1": /],
  ])('rejects variables of %s with a fault', async (variables, message) => {
    const { createOperation } = compileContract(files({ json: create({ variables }) }));
    const failing = (async () => createOperation([input()]))();
    await expect(failing).rejects.toBeInstanceOf(ContractFault);
    await expect(failing).rejects.toThrow(message);
  });

  it('sends only variables that the document declares', async () => {
    const { createOperation } = compileContract(
      files({ json: create({ variables: '$merge([event, {"input": {}}])' }) }),
    );
    const { variables } = await createOperation([input({ id: 'e-1', note: 'n', other: 1 })]);
    expect(variables).toEqual({ note: 'n', input: {} });
  });

  it.each([
    [{ orderCreate: { order: { id: 'e-1' } } }, true],
    [{ orderCreate: { order: { id: 'e-2' } } }, false],
    [{ orderCreate: { order: null } }, false],
    [{ orderCreate: null }, false],
    [null, false],
    [undefined, false],
  ])('reads created from %j', async (data, created) => {
    expect(await contract.isCreated({ event: { id: 'e-1' }, data })).toBe(created);
  });

  it('reads found', async () => {
    const event = { id: 'e-1' };
    expect(await contract.isFound({ event, data: { order: { id: 'e-1' } } })).toBe(true);
    expect(await contract.isFound({ event, data: { order: null } })).toBe(false);
  });

  it('rejects a created that fails with a fault', async () => {
    const { isCreated } = compileContract(files({ json: create({ created: '$error("no")' }) }));
    await expect(isCreated({ event: { id: 'e-1' }, data: {} })).rejects.toThrow(ContractFault);
  });

  it.each([
    [undefined, []],
    [null, []],
    [[], []],
    [[{ code: 'TAKEN' }], [{ code: 'TAKEN' }]],
    [
      [{ code: 'A' }, { code: 'B' }],
      [{ code: 'A' }, { code: 'B' }],
    ],
    [{ code: 'ONE' }, [{ code: 'ONE' }]],
  ])('reads user errors %j as a list', async (userErrors, list) => {
    const data = { orderCreate: { userErrors } };
    const errors = await contract.userErrors?.({ event: {}, data });
    expect(errors).toEqual(list);
    expect(JSON.stringify(errors)).toBe(JSON.stringify(list));
  });

  it('has no user errors where the contract reads none', () => {
    const { userErrors: _, ...rest } = JSON_FILE.create;
    const { userErrors } = compileContract(files({ json: { ...JSON_FILE, create: rest } }));
    expect(userErrors).toBeUndefined();
  });
});

describe('the verdicts of a contract', () => {
  const view: AnswerView = {
    event: { id: 'e-1' },
    status: 409,
    headers: { 'retry-after': '3' },
    data: null,
    errors: [{ message: 'Taken', code: 'TAKEN', path: [], extensions: {} }],
    userErrors: [],
  };

  const findingOf = (
    verdicts: { when: string; verdict: string; waitSeconds?: string }[],
    onFault?: (fault: ContractFault) => void,
  ) =>
    compileContract(
      files({ json: { ...JSON_FILE, verdicts } }),
      onFault ? { onFault } : {},
    ).verdict?.(view);
  const verdictOf = async (...given: Parameters<typeof findingOf>) =>
    (await findingOf(...given))?.verdict;

  it('apply in order', async () => {
    const verdicts = [
      { when: 'status = 500', verdict: 'unknown' },
      { when: 'errors.code = "TAKEN"', verdict: 'duplicate' },
      { when: 'status = 409', verdict: 'rejected' },
    ];
    expect(await verdictOf(verdicts)).toBe('duplicate');
    expect(await verdictOf(verdicts.slice(2))).toBe('rejected');
    expect(await verdictOf(verdicts.slice(0, 1))).toBeUndefined();
    expect(await verdictOf([])).toBeUndefined();
  });

  it('see headers by their names in lower case', async () => {
    const when = 'headers.`retry-after` = "3"';
    expect(await verdictOf([{ when, verdict: 'throttled' }])).toBe('throttled');
  });

  it('are unknown where one fails, which is told', async () => {
    const faults: ContractFault[] = [];
    const verdicts = [
      { when: '$uppercase(status)', verdict: 'rejected' },
      { when: 'true', verdict: 'delivered' },
    ];
    const verdict = verdictOf(verdicts, (fault) => faults.push(fault));
    expect(await verdict).toBe('unknown');
    expect(String(faults)).toMatch(/contract\.json verdicts\[0\]\.when fails for event "e-1": /);
  });

  it.each([
    ['7', { verdict: 'throttled', waitMs: 7000 }],
    ['"2.5"', { verdict: 'throttled', waitMs: 2500 }],
    ['0', { verdict: 'throttled' }],
    ['"soon"', { verdict: 'throttled' }],
    ['data.none', { verdict: 'throttled' }],
  ])('read a wait of %s', async (waitSeconds, finding) => {
    const rule = { when: 'true', verdict: 'throttled', waitSeconds };
    expect(await findingOf([rule])).toEqual(finding);
  });
});
