import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSample } from '../../../lib/traces/sample.ts';

const idOf = (index: number) =>
  createHash('sha256').update(String(index)).digest('hex').slice(0, 32);
const ids = Array.from({ length: 20_000 }, (_, index) => idOf(index));

describe('createSample', () => {
  it.each([0, 0.01, 0.25, 1])('takes a share of %d of the traces', (ratio) => {
    const sample = createSample(ratio);
    const share = ids.filter((traceId) => sample({ traceId })).length / ids.length;
    // Four standard deviations.
    expect(Math.abs(share - ratio)).toBeLessThanOrEqual(
      4 * Math.sqrt((ratio * (1 - ratio)) / ids.length),
    );
  });

  it('decides the same for every fact of a trace, in any environment', () => {
    const [one, other] = [createSample(0.3), createSample(0.3)];
    for (const traceId of ids.slice(0, 1000)) expect(one({ traceId })).toBe(other({ traceId }));
  });

  it('takes of a larger share all that a smaller one takes', () => {
    const [small, large] = [createSample(0.1), createSample(0.5)];
    expect(ids.filter((traceId) => small({ traceId }) && !large({ traceId }))).toEqual([]);
  });

  it.each([
    [1, 0, true],
    [3, 0, true],
    [0, 1, false],
    [2, 1, false],
  ])(
    'leaves the decision to a caller with flags %i, at a ratio of %d',
    (traceFlags, ratio, isTaken) => {
      expect(createSample(ratio)({ traceId: idOf(1), traceFlags })).toBe(isTaken);
    },
  );
});
