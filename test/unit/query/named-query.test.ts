import { describe, expect, it } from 'vitest';
import { parseNamedQuery, sqlOf } from '../../../scripts/query/named-query.ts';
import { printedResult } from '../../../scripts/query/print-result.ts';

const TEXT = `-- Counts facts,
-- by type.
-- Parameters: from, to
SELECT type, count(*) FROM facts WHERE happened_at >= ? AND happened_at < ? GROUP BY 1
`;

describe('parseNamedQuery', () => {
  it('reads the description and the parameters of the leading comment', () => {
    expect(parseNamedQuery('counts', TEXT)).toEqual({
      name: 'counts',
      description: 'Counts facts, by type.',
      parameters: ['from', 'to'],
      sql: 'SELECT type, count(*) FROM facts WHERE happened_at >= ? AND happened_at < ? GROUP BY 1',
    });
  });

  it('refuses parameters that do not match the places', () => {
    expect(() => parseNamedQuery('counts', TEXT.replace(', to', ''))).toThrow(
      'counts.sql has 2 places for 1 parameters',
    );
    expect(() => parseNamedQuery('counts', TEXT.replace(', to', ', until'))).toThrow(
      'counts.sql: unknown parameter until',
    );
  });
});

describe('sqlOf', () => {
  it('reads the curated layer through its own table', () => {
    const query = parseNamedQuery('counts', TEXT);
    expect(sqlOf(query, 'raw')).toBe(query.sql);
    expect(sqlOf(query, 'curated')).toContain('FROM facts_curated WHERE');
  });
});

describe('printedResult', () => {
  const result = {
    columns: ['name', 'events', 'note'],
    rows: [
      ['a "quoted", name', 12, null],
      ['\u001b[2Jb', 3, true],
    ],
  };

  it('is CSV that a spreadsheet reads', () => {
    expect(printedResult(result, 'csv')).toBe(
      'name,events,note\r\n"a ""quoted"", name",12,\r\n\u001b[2Jb,3,true',
    );
  });

  it('is JSON with a name for each value', () => {
    expect(JSON.parse(printedResult(result, 'json'))).toEqual([
      { name: 'a "quoted", name', events: 12, note: null },
      { name: '\u001b[2Jb', events: 3, note: true },
    ]);
  });

  it('is a table whose cells cannot command the terminal', () => {
    const table = printedResult(result, 'table');
    expect(table).toContain('\u00b7[2Jb');
    expect(table).toContain('2 rows');
    expect(table.includes('\u001b')).toBe(false);
  });
});
