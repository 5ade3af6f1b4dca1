import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printResult } from '../../../scripts/query/print-result.ts';
import { tableOf } from '../../../scripts/query/table.ts';
import { widthOf, wrap } from '../../../scripts/query/text-width.ts';
import { captureOutput } from '../../support/captured-output.ts';
import { HOSTILE, UNSAFE_OUTPUT } from '../../support/hostile-text.ts';

const result = {
  columns: ['name', 'events', 'note'],
  rows: [
    ['a "quoted", name', 12, null],
    ['\u001b[2Jb', 3, true],
    ['=1+1', -4, 'ends\r\nhere'],
  ],
};

const output = captureOutput();

/** Returns the output of `printResult` without the last line feed. */
function printed(format: Parameters<typeof printResult>[1], of = result): string {
  output.clear();
  printResult(of, format);
  return output.text();
}

describe('printResult', () => {
  it('is CSV that a spreadsheet reads, and runs nothing of', () => {
    expect(printed('csv').split('\r\n')).toEqual([
      'name,events,note',
      '"a ""quoted"", name",12,',
      '\\u001b[2Jb,3,true',
      '"\'=1+1",-4,ends\\r\\nhere',
    ]);
  });

  it('is JSON with a name for each value', () => {
    expect(JSON.parse(printed('json'))).toEqual([
      { name: 'a "quoted", name', events: 12, note: null },
      { name: '\u001b[2Jb', events: 3, note: true },
      { name: '=1+1', events: -4, note: 'ends\r\nhere' },
    ]);
  });

  it.each(['table', 'csv', 'json'] as const)(
    'prints nothing that commands a terminal: %s',
    (as) => {
      const hostile = { columns: ['name'], rows: HOSTILE.map((text) => [text]) };
      expect(printed(as, hostile as never).replaceAll('\r\n', '')).not.toMatch(UNSAFE_OUTPUT);
    },
  );
});

describe('a table', () => {
  const wide = {
    columns: ['event_id', 'error_message', 'attempts'],
    rows: [['order-17', 'the target returned status 503 with a body that is no JSON', 12]],
  };

  it('has a row a line where there is room', () => {
    expect(tableOf(wide, 200).split('\n')).toHaveLength(6);
    expect(tableOf(wide)).toBe(tableOf(wide, 200));
  });

  it('wraps what is too long', () => {
    const lines = tableOf(wide, 60).split('\n');
    expect(lines.slice(3, -2).map((line) => line.replaceAll(/\s+/g, ' '))).toEqual([
      expect.stringMatching(/order-17 │ the target returned .*│ 12 │$/),
      expect.stringMatching(/│ │ .*JSON │ │$/),
    ]);
  });

  it('becomes blocks where the terminal is too narrow', () => {
    expect(tableOf({ ...wide, rows: [...wide.rows, ['b', null, 3]] }, 30)).toBe(
      [
        '── 1 of 2 ──',
        'event_id       order-17',
        'error_message  the target',
        '               returned status',
        '               503 with a body',
        '               that is no JSON',
        'attempts       12',
        '── 2 of 2 ──',
        'event_id       b',
        'attempts       3',
        '2 rows',
      ].join('\n'),
    );
  });

  it('never is wider than the terminal, and loses no character', () => {
    const word = fc.stringMatching(/^[a-z日🙂]{0,40}$/u);
    const text = fc.array(word, { maxLength: 6 }).map((words) => words.join(' '));
    const rows = fc.array(fc.tuple(text, fc.integer(), text), { maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 40, max: 160 }), (rows, width) => {
        const table = tableOf({ columns: ['a', 'b', 'c'], rows }, width);
        for (const line of table.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(width);
        const letters = (all: string) =>
          all.replaceAll(/[^d-z日🙂]/gu, '').replaceAll(/of|rows?/g, '');
        expect([...letters(table)].length).toBeGreaterThanOrEqual(
          [...letters(rows.flat().join(''))].length,
        );
      }),
    );
  });

  it('takes more rows than a call takes arguments', () => {
    const rows = Array.from({ length: 200_000 }, () => [1]);
    expect(tableOf({ columns: ['n'], rows }, 80)).toMatch(/200000 rows$/);
  });
});

describe('wrap', () => {
  it('breaks at blanks, and within a word that is longer than a line', () => {
    expect(wrap('an id 0123456789abcdef end', 8)).toEqual(['an id', '01234567', '89abcdef', 'end']);
    expect(wrap('日本語', 4)).toEqual(['日本', '語']);
    expect(wrap('', 5)).toEqual(['']);
  });
});
