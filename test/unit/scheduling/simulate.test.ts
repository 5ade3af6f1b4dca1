import { expect, it } from 'vitest';
import { openShards, type Setup, setupOf } from '../../bench/scheduling/setup.ts';
import { simulate } from '../../bench/scheduling/simulate.ts';

const ROUGH: Partial<Setup> = {
  ...{ ratePerSecond: 50, events: 300, crashes: 3, deployAtMs: 3000 },
  ...{ shards: [...openShards(1), { parents: [0], weight: 1 }, { parents: [0], weight: 1 }] },
  ...{ environments: 4, parallelizationFactor: 2, policy: 'random' },
};

it('gives the same figures for the same seed, and others for another', async () => {
  const [first, again, other] = [
    await simulate(setupOf(ROUGH), 1),
    await simulate(setupOf(ROUGH), 1),
    await simulate(setupOf(ROUGH), 2),
  ];
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
});

it('loses no event to crashes, a deployment and a split', async () => {
  expect(await simulate(setupOf(ROUGH), 1)).toMatchObject({ lost: 0 });
});
