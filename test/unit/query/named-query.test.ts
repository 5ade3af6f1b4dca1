import { describe, expect, it } from 'vitest';
import { parseNamedQuery, sqlOf } from '../../../scripts/query/named-query.ts';

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
