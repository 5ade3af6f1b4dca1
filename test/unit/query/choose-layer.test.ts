import { describe, expect, it } from 'vitest';
import { chooseLayer } from '../../../scripts/query/choose-layer.ts';

const curated = 'curated/dt=2026-01-10/hh=08/x.parquet';
const raw = (day: string) => `facts/dt=2026-01-${day}/hh=08/x.gz`;
const from = (day: number, hour: number) => Date.UTC(2026, 0, day, hour);

describe('chooseLayer', () => {
  it.each([
    ['the curated layer begins before the question', raw('01'), from(10, 12)],
    ['nothing in the archive is older than the curated layer', raw('10'), from(1, 0)],
    ['the archive has no raw facts any more', undefined, from(10, 12)],
  ])('reads Parquet when %s', (_, first, fromMs) => {
    expect(chooseLayer({ curated, raw: first }, fromMs)).toEqual({ layer: 'curated' });
  });

  it('reads the raw facts, and says so, when the curated layer begins too late', () => {
    expect(chooseLayer({ curated, raw: raw('01') }, from(10, 8))).toEqual({
      layer: 'raw',
      note: 'the curated layer begins at 2026-01-10T08:00Z: reading the raw facts',
    });
  });

  it('reads the raw facts, and says so, when there is no curated layer', () => {
    expect(chooseLayer({ curated: undefined, raw: raw('01') }, from(10, 8))).toMatchObject({
      layer: 'raw',
      note: expect.stringContaining('no curated layer'),
    });
  });
});
