import { seededRandom } from '../../../local/target/gate.ts';
import { InMemoryNotes } from '../../support/in-memory-notes.ts';
import { InMemorySchedule } from '../../support/in-memory-schedule.ts';
import { Environment } from './environment.ts';
import { EnvironmentPool } from './environment-pool.ts';
import { EventSourceMapping } from './event-source-mapping.ts';
import { ExactTarget } from './exact-target.ts';
import { type Figures, measure } from './measure.ts';
import type { Services } from './services.ts';
import { between, type Setup } from './setup.ts';
import { SharedStore } from './shared-store.ts';
import { Stream, shardIdOf } from './stream.ts';
import { VirtualTime } from './virtual-time.ts';

/** The first crash, and the distance of the others, in milliseconds. */
const FIRST_CRASH_MS = 2000;
const CRASH_EVERY_MS = { min: 1500, max: 3000 };

/** A simulation ends when every event is settled, or after this many times the ideal duration and ten minutes. */
const MOST_DURATIONS = 10;
const SPARE_MS = 600_000;

/** Runs the project's dispatch in virtual time until every event is created and settled. The same setup and seed give the same figures. */
export async function simulate(setup: Setup, seed: number): Promise<Figures> {
  const services = createServices(setup, seed);
  const { random, stream, target, time } = services;
  const startEnvironment = () => new Environment(services);
  const pool = new EnvironmentPool(setup.environments, setup.policy, startEnvironment, random);
  const mapping = new EventSourceMapping(services, pool);
  stream.fill(setup);
  planIncidents(services, pool);

  const idealSeconds = setup.events / Math.min(setup.ratePerSecond, setup.limitPerSecond);
  const endMs = time.nowMs + idealSeconds * 1000 * MOST_DURATIONS + SPARE_MS;
  let failure: { error: unknown } | undefined;
  mapping.run().catch((error: unknown) => {
    failure = { error };
  });
  const isDone = () =>
    target.createdAtMs.size === setup.events && mapping.settled === stream.appended;
  await time.runUntil(() => failure !== undefined || isDone() || time.nowMs > endMs);
  if (failure) throw failure.error;
  return measure(target, stream, setup);
}

function createServices(setup: Setup, seed: number): Services {
  const time = new VirtualTime();
  const random = seededRandom(seed);
  const { limitAlgorithm: algorithm, limitPerSecond, uniqueIds } = setup;
  return {
    setup,
    time,
    random,
    target: new ExactTarget(time, { algorithm, limitPerSecond, uniqueIds }),
    stream: new Stream(time, random, setup),
    schedule: new SharedStore(new InMemorySchedule()),
    notes: new SharedStore(new InMemoryNotes()),
  };
}

/** Plans the crashes, the deployment and the store's outage. */
function planIncidents(
  { notes, random, schedule, setup, time }: Services,
  pool: EnvironmentPool,
): void {
  let crashesLeft = setup.crashes;
  const crash = () => {
    if (pool.crashOne()) crashesLeft -= 1;
    if (crashesLeft > 0) time.after(between(random, CRASH_EVERY_MS), crash);
  };
  if (crashesLeft > 0) time.after(FIRST_CRASH_MS, crash);
  if (setup.deployAtMs !== undefined) time.after(setup.deployAtMs, () => pool.replaceAll());
  if (!setup.storeOutage) return;
  const { fromMs, toMs, shard } = setup.storeOutage;
  const startMs = time.nowMs;
  schedule.isDown = notes.isDown = (shardId) => {
    const passedMs = time.nowMs - startMs;
    const isConcerned = shard === undefined || shardId === shardIdOf(shard);
    return isConcerned && passedMs >= fromMs && passedMs < toMs;
  };
}
