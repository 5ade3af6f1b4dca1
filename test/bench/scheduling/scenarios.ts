import { type LimitAlgorithm, limitAlgorithms } from '../../../local/target/limiters.ts';
import { openShards, type Setup } from './setup.ts';

/** The bounds that a scenario has to keep, over all seeds together. Besides, no event may be lost or created twice. */
export interface Wanted {
  /** Least share of the rate that is used. */
  rateUsed?: number;
  /** Most refused calls of a thousand. */
  throttledPerMille?: number;
}

export interface Scenario {
  name: string;
  setup: Partial<Setup>;
  /** `undefined` for a scenario that is reported without a verdict. */
  wanted: Wanted | undefined;
}

/** A live load of 90 % of the rate, for 67 seconds. */
const liveLoad = (ratePerSecond: number): Partial<Setup> => ({
  ratePerSecond,
  loadPerSecond: ratePerSecond * 0.9,
  events: ratePerSecond * 60,
});

const LIVE: Scenario[] = [
  {
    name: 'live-100-4-shards',
    setup: { ...liveLoad(100), shards: openShards(4), environments: 5 },
    wanted: { rateUsed: 0.89, throttledPerMille: 0.1 },
  },
  {
    name: 'live-50-4-shards',
    setup: { ...liveLoad(50), shards: openShards(4), environments: 5 },
    wanted: { rateUsed: 0.87, throttledPerMille: 0.2 },
  },
  {
    name: 'live-100-1-shard',
    setup: { ...liveLoad(100), environments: 2 },
    wanted: { rateUsed: 0.89 },
  },
];

/** Twice as many environments as lanes, and each batch goes to any of them. */
const ROTATING: Scenario[] = [1, 4].flatMap((lanes) =>
  [2, 20].map((jitterMs) => ({
    name: `rotating-${lanes}-lanes-jitter-${jitterMs}`,
    setup: { shards: openShards(lanes), environments: 2 * lanes, jitterMs },
    wanted: { rateUsed: 0.97, throttledPerMille: 0.2 },
  })),
);

const LOWER_LIMIT: Scenario = {
  name: 'target-allows-half',
  setup: { limitPerSecond: 50, environments: 3, events: 4000 },
  wanted: { rateUsed: 0.45 },
};

/** Parents with a backlog, and children that are not read before. */
const RESHARDING: Scenario[] = [
  {
    name: 'split-1-to-2',
    setup: {
      shards: [
        { parents: [], weight: 4 },
        { parents: [0], weight: 1 },
        { parents: [0], weight: 1 },
      ],
      environments: 3,
    },
    wanted: { rateUsed: 0.95 },
  },
  {
    name: 'merge-2-to-1',
    setup: {
      shards: [
        { parents: [], weight: 2 },
        { parents: [], weight: 2 },
        { parents: [0, 1], weight: 2 },
      ],
      environments: 3,
    },
    wanted: { rateUsed: 0.95, throttledPerMille: 0.2 },
  },
];

/** Environments that crash under a live load of 80 % of the rate, at a target that creates the same id again. */
const CRASHES: Scenario[] = [
  {
    name: 'crashes-50-1-shard',
    setup: { ratePerSecond: 50, loadPerSecond: 40, events: 2400, environments: 3, crashes: 15 },
    wanted: {},
  },
  {
    name: 'crashes-100-4-shards',
    setup: { loadPerSecond: 80, events: 8000, shards: openShards(4), environments: 8, crashes: 40 },
    wanted: {},
  },
].map((scenario) => ({ ...scenario, setup: { ...scenario.setup, uniqueIds: false } }));

const ONE_BUSY_SHARD: Scenario = {
  name: 'one-busy-shard-of-4',
  setup: {
    shards: openShards(4).map((shard, index) => ({ ...shard, weight: index === 0 ? 1 : 0 })),
    environments: 8,
  },
  wanted: { rateUsed: 0.95 },
};

const DEPLOYMENT: Scenario[] = [1, 4].map((lanes) => ({
  name: `deployment-${lanes}-lanes`,
  setup: { shards: openShards(lanes), environments: lanes + 1, deployAtMs: 25_000 },
  wanted: { throttledPerMille: 0.2 },
}));

/** The store of the booked start times is down for a minute, for all lanes or for one. */
const STORE_OUTAGE: Scenario[] = [undefined, 0].map((shard) => ({
  name: shard === undefined ? 'store-down' : 'store-down-for-one-shard',
  setup: {
    shards: openShards(4),
    environments: 8,
    storeOutage: { fromMs: 20_000, toMs: 80_000, ...(shard === undefined ? {} : { shard }) },
  },
  wanted: { throttledPerMille: 0.2 },
}));

/** Clocks that differ, and jitter that has to be learnt from refused calls. The margin alone costs up to 13 % of the rate. */
const SKEW: Scenario[] = [5, 20].map((skewMs) => ({
  name: `skew-${skewMs}-jitter-100`,
  setup: { shards: openShards(4), environments: 8, skewMs, jitterMs: 100 },
  wanted: { rateUsed: 0.85, throttledPerMille: 1 },
}));

/** Shards and parallelization factor of so many lanes. */
const LANES = [
  { lanes: 1, shards: openShards(1), parallelizationFactor: 1 },
  { lanes: 4, shards: openShards(4), parallelizationFactor: 1 },
  { lanes: 40, shards: openShards(4), parallelizationFactor: 10 },
];

/** A backlog of 30 s at the rate; fewer seconds at high rates, which have enough calls. */
const backlogOf = (ratePerSecond: number) => Math.min(10_000, Math.max(100, ratePerSecond * 30));

/** Every rate with every number of lanes and every kind of limit. */
const GRID: Scenario[] = [1, 10, 50, 100, 500, 1000].flatMap((ratePerSecond) =>
  LANES.flatMap(({ lanes, ...layout }) =>
    limitAlgorithms.map((limitAlgorithm: LimitAlgorithm) => ({
      name: `grid-${ratePerSecond}-${lanes}-lanes-${limitAlgorithm}`,
      setup: {
        ...layout,
        ratePerSecond,
        limitAlgorithm,
        environments: lanes + 1,
        events: backlogOf(ratePerSecond),
      },
      wanted: undefined,
    })),
  ),
);

export const SCENARIOS: readonly Scenario[] = [
  ...LIVE,
  ...ROTATING,
  LOWER_LIMIT,
  ...RESHARDING,
  ...CRASHES,
  ONE_BUSY_SHARD,
  ...DEPLOYMENT,
  ...STORE_OUTAGE,
  ...SKEW,
  ...GRID,
];
