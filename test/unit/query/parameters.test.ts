import { describe, expect, it } from 'vitest';
import { valuesOf } from '../../../scripts/query/parameters.ts';

const NOW = Date.UTC(2026, 0, 31, 12);

describe('valuesOf', () => {
  const range = {
    fromMs: Date.UTC(2026, 0, 1),
    toMs: NOW,
    minutes: 30,
    eventId: undefined,
    requestId: undefined,
  };

  it('widens the days by what can lie between a fact and its arrival', () => {
    expect(valuesOf(['first_day', 'from', 'to', 'last_day'], range)).toEqual([
      '2025-12-31',
      '2026-01-01T00:00:00.000Z',
      '2026-01-31T12:00:00.000Z',
      '2026-02-01',
    ]);
  });

  it('counts minutes back from the end of the range', () => {
    expect(valuesOf(['older_than'], range)).toEqual(['2026-01-31T11:30:00.000Z']);
  });

  it('asks for an event where the query is about one', () => {
    expect(() => valuesOf(['event_id'], range)).toThrow(/--event-id/);
    expect(valuesOf(['event_id'], { ...range, eventId: "o'1" })).toEqual(["o'1"]);
    expect(() => valuesOf(['request_id'], range)).toThrow(/--request-id/);
    expect(valuesOf(['request_id'], { ...range, requestId: 'r' })).toEqual(['r']);
  });
});
