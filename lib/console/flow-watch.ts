import { messageOf } from '../errors.ts';
import type { Fact } from '../event/fact.ts';
import type { ObjectStore } from '../object-store.ts';
import type {
  Clock,
  DispatchControl,
  DispatchPositions,
  OpenEvents,
  ScheduleReader,
  StreamReader,
} from '../ports.ts';
import { type LagGauge, startLagGauge } from '../replay/lag-gauge.ts';
import { countGivenUp, countParked, countSpilled, newestArchivedMs } from './count-objects.ts';
import { judgeTarget, targetReportOf } from './dispatch-log.ts';
import { FactMeter, perSecondOf } from './fact-meter.ts';
import type {
  Count,
  FlowNumbers,
  RateNumbers,
  ShardNumbers,
  StoreNumbers,
} from './flow-numbers.ts';
import { RefreshedValue } from './refreshed-value.ts';

/** The sources of the numbers. Stores are absent where the pipeline has none. */
export interface FlowSources {
  reader: StreamReader;
  positions: DispatchPositions;
  schedule: ScheduleReader;
  dispatch: Pick<DispatchControl, 'read' | 'readRatePerSecond'>;
  archive: Pick<ObjectStore, 'list'>;
  failures: Pick<ObjectStore, 'list'>;
  spill: Pick<ObjectStore, 'list'> | undefined;
  openEvents: Pick<OpenEvents, 'listOpen'> | undefined;
  readGivenUp: () => AsyncIterable<Fact>;
  /** Reads the end of dispatch's log; absent where it is far away. */
  readDispatchLog: (() => Promise<string>) | undefined;
  lanesPerShard: number;
}

/** Reading intervals of the sources, in milliseconds. */
interface FlowPace {
  /** Pages of a shard at the tip. */
  pollMs: number;
  /** The state of dispatch and the schedule. */
  stateMs: number;
  /** Listings of stores. */
  storesMs: number;
  /** Facts of this long ago are counted, too. */
  lookBackMs: number;
}

/** On this machine the stores are near. */
export const LOCAL_PACE: FlowPace = {
  ...{ pollMs: 500, stateMs: 500, storesMs: 4000, lookBackMs: 15 * 60_000 },
};

/** A shard gives five reads a second to all readers, and listings cost money. */
export const AWS_PACE: FlowPace = {
  ...{ pollMs: 1000, stateMs: 5000, storesMs: 20_000, lookBackMs: 5 * 60_000 },
};

/** Following ends when no one has asked for this long. */
const IDLE_MS = 10_000;

/** Dead letters are counted up to this number. */
const MOST_OPEN = 1000;

/** The rate that dispatch was deployed with changes with a deployment. */
const ALLOWED_EVERY_MS = 60_000;

/** The numbers of a pipeline, computed while someone asks for them. */
export interface FlowWatch {
  /** Resolves with the numbers now; the first time once the journal is read to its tip. @throws when the journal cannot be read */
  read(): Promise<FlowNumbers>;
  /** The state of dispatch has just been changed. */
  expire(): void;
  close(): Promise<void>;
}

/**
 * Follows the journal from the first {@link FlowWatch.read} until ten seconds after the last, and reads the other sources at intervals meanwhile. Without
 * readers it does nothing.
 */
export function createFlowWatch(sources: FlowSources, pace: FlowPace, clock: Clock): FlowWatch {
  const slow = slowSources(sources, pace, clock);
  let following: Promise<Following> | undefined;
  let forgetTimer: (() => void) | undefined;
  let isClosed = false;

  async function stop(): Promise<void> {
    forgetTimer?.();
    const ended = following;
    following = undefined;
    await ended?.then(({ gauge }) => gauge.stop()).catch(() => undefined);
  }

  return {
    async read() {
      forgetTimer?.();
      following ??= follow(sources, pace, clock);
      try {
        const { gauge, meter, sinceMs } = await following;
        return await numbersOf({ gauge, meter, sinceMs }, slow, sources, clock.now());
      } catch (error) {
        following = undefined;
        throw new Error(`The journal cannot be read: ${messageOf(error)}`, { cause: error });
      } finally {
        forgetTimer?.();
        if (!isClosed) forgetTimer = clock.after(IDLE_MS, () => void stop());
      }
    },
    expire: () => slow.dispatch.expire(),
    close() {
      isClosed = true;
      return stop();
    },
  };
}

interface Following {
  gauge: LagGauge;
  meter: FactMeter;
  sinceMs: number;
}

async function follow(sources: FlowSources, pace: FlowPace, clock: Clock): Promise<Following> {
  const { reader, positions, readGivenUp } = sources;
  const meter = new FactMeter();
  const sinceMs = clock.now() - pace.lookBackMs;
  const gauge = await startLagGauge({
    ...{ reader, positions, readGivenUp, clock },
    pollMs: pace.pollMs,
    lookBackMs: pace.lookBackMs,
    onFact(fact, shardId) {
      // With a backlog, reading begins earlier.
      if (Date.parse(fact.at) >= sinceMs) meter.take(fact, shardId);
    },
  });
  return { gauge, meter, sinceMs };
}

type SlowSources = ReturnType<typeof slowSources>;

function slowSources(sources: FlowSources, { stateMs, storesMs }: FlowPace, clock: Clock) {
  const { dispatch, schedule, archive, failures, spill, openEvents, readDispatchLog } = sources;
  const every = <Value>(ms: number, read: () => Promise<Value>) =>
    new RefreshedValue(read, ms, clock);
  return {
    dispatch: every(stateMs, () => dispatch.read()),
    report: every(stateMs, async () => targetReportOf((await readDispatchLog?.()) ?? '') ?? null),
    schedule: every(stateMs, () => schedule.read()),
    allowed: every(ALLOWED_EVERY_MS, () => dispatch.readRatePerSecond()),
    archived: every(storesMs, () => newestArchivedMs(archive, clock.now())),
    givenUp: every(storesMs, () => countGivenUp(failures)),
    spilled: every(storesMs, async () => (spill ? countSpilled(spill) : null)),
    parked: every(storesMs, async () => (spill ? countParked(spill) : null)),
    open: every(storesMs, async () => (openEvents ? countOpen(openEvents) : null)),
  };
}

async function countOpen(openEvents: Pick<OpenEvents, 'listOpen'>): Promise<Count> {
  const { length } = await openEvents.listOpen('deadLettered', MOST_OPEN);
  return { count: length, isAll: length < MOST_OPEN };
}

/** The names of the sources, for people. */
const NAMES: Record<keyof SlowSources, string> = {
  dispatch: 'the state of dispatch',
  report: 'the log of dispatch',
  schedule: 'the start schedule',
  allowed: 'the allowed rate',
  archived: 'the archive',
  givenUp: 'the failures bucket',
  spilled: 'the spill bucket',
  parked: 'the parked events',
  open: 'the status table',
};

async function numbersOf(
  { gauge, meter, sinceMs }: Following,
  slow: SlowSources,
  { lanesPerShard }: FlowSources,
  nowMs: number,
): Promise<FlowNumbers> {
  const [dispatch, report, rate, stores] = await Promise.all([
    slow.dispatch.get(),
    slow.report.get(),
    rateOf(slow, lanesPerShard),
    storesOf(slow),
  ]);
  const series = meter.series(nowMs);
  const lagMs = gauge.lagMs();
  const target = judgeTarget({
    ...{ signs: meter.target, report: report ?? undefined, lagMs, nowMs },
    isDispatching: dispatch?.state === 'Enabled',
  });
  const names = Object.keys(slow) as (keyof SlowSources)[];
  return {
    ...{ atMs: nowMs, sinceMs, series, rate, stores },
    perSecond: perSecondOf(series),
    counts: meter.counts,
    latency: meter.latency(nowMs),
    backlog: { ...gauge.waiting(), lagMs },
    shards: shardsOf(gauge, meter, nowMs),
    dispatch: dispatch ?? null,
    target,
    problems: names.flatMap((name) => {
      const { problem } = slow[name];
      return problem === undefined ? [] : [`Cannot read ${NAMES[name]}: ${problem}`];
    }),
  };
}

function shardsOf(gauge: LagGauge, meter: FactMeter, nowMs: number): ShardNumbers[] {
  return gauge
    .shards()
    .toSorted((a, b) => (a.shardId < b.shardId ? -1 : 1))
    .map(({ shardId, waiting, lagMs }) => {
      const { received, delivered } = meter.ofShard(shardId, nowMs);
      return {
        ...{ shardId, waiting, lagMs },
        receivedPerSecond: received,
        deliveredPerSecond: delivered,
      };
    });
}

async function rateOf(slow: SlowSources, lanesPerShard: number): Promise<RateNumbers> {
  const [allowed, schedule] = await Promise.all([slow.allowed.get(), slow.schedule.get()]);
  return {
    allowed: allowed ?? null,
    learned: schedule?.learned?.limit ?? null,
    pausedUntilMs: schedule?.pausedUntilMs ?? 0,
    lanesPerShard,
  };
}

async function storesOf(slow: SlowSources): Promise<StoreNumbers> {
  const [spilled, parked, givenUp, openDeadLetters, archivedMs] = await Promise.all([
    slow.spilled.get(),
    slow.parked.get(),
    slow.givenUp.get(),
    slow.open.get(),
    slow.archived.get(),
  ]);
  return {
    spilled: spilled ?? null,
    parked: parked ?? null,
    givenUp: givenUp ?? null,
    openDeadLetters: openDeadLetters ?? null,
    archivedMs: archivedMs ?? null,
  };
}
