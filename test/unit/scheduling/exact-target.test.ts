import { describe, expect, it } from 'vitest';
import type { TargetEvent } from '../../../lib/ports.ts';
import { limitAlgorithms } from '../../../local/target/limiters.ts';
import { ExactTarget, type ExactTargetOptions } from '../../bench/scheduling/exact-target.ts';
import { busiestSecond } from '../../bench/scheduling/measure.ts';
import { VirtualTime } from '../../bench/scheduling/virtual-time.ts';

const event = (id: string): TargetEvent => ({ id, payload: {}, timestamp: 1 });
const call = { traceId: 'a'.repeat(32) };

function createTarget(options: Partial<ExactTargetOptions> = {}) {
  const time = new VirtualTime();
  const target = new ExactTarget(time, {
    algorithm: 'sliding-window',
    limitPerSecond: 3,
    uniqueIds: true,
    ...options,
  });
  const port = target.connect(async (serve) => serve());
  /** The verdict on a creation so many milliseconds after the last. */
  const create = async (id: string, afterMs = 0) => {
    time.nowMs += afterMs;
    return (await port.create([event(id)], call)).verdicts[0];
  };
  return { target, port, create };
}

describe('the limit', () => {
  it('is kept over every second, to the millisecond', async () => {
    const { create } = createTarget();
    for (const id of ['a', 'b', 'c'])
      expect(await create(id, 100)).toMatchObject({ kind: 'delivered' });
    expect(await create('d', 799.9)).toMatchObject({ kind: 'throttled', waitMs: 1000 });
    expect(await create('d', 0.1)).toMatchObject({ kind: 'delivered' });
    expect(await create('e', 0)).toMatchObject({ kind: 'throttled' });
  });

  it.each(limitAlgorithms)(
    'of a %s counts lookups, too, and asks for whole seconds',
    async (algorithm) => {
      const { create, port, target } = createTarget({ algorithm });
      await port.lookUp([event('a'), event('b')], call);
      await create('a');
      await create('b');
      expect(await create('c')).toMatchObject({ kind: 'throttled', waitMs: 1000 });
      expect(target.calls.map(({ admitted }) => admitted)).toEqual([true, true, true, false]);
      expect(target.createdAtMs.has('c')).toBe(false);
    },
  );
});

describe('a second creation', () => {
  it.each([
    { uniqueIds: true, kind: 'duplicate' },
    { uniqueIds: false, kind: 'delivered' },
  ])('is counted ($uniqueIds, $kind)', async ({ uniqueIds, kind }) => {
    const { create, port, target } = createTarget({ uniqueIds });
    const found = async () => (await port.lookUp([event('a')], call)).verdicts;
    expect(await found()).toEqual([{ kind: 'absent' }]);
    await create('a');
    expect(await create('a', 2000)).toEqual({ kind });
    expect(await found()).toEqual([{ kind: 'found' }]);
    expect(target.secondCreations).toBe(1);
  });
});

it('knows the busiest second', () => {
  const calls = [0, 500, 999.9, 1000, 1400, 3000].map((atMs) => ({ atMs }));
  expect(busiestSecond(calls)).toBe(4);
  expect(busiestSecond([])).toBe(0);
});
