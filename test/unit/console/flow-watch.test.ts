import { describe, expect, it, onTestFinished } from 'vitest';
import { createFlowWatch, type FlowSources, LOCAL_PACE } from '../../../lib/console/flow-watch.ts';
import { followFacts } from '../../../lib/replay/follow-facts.ts';
import { InMemoryObjects } from '../../support/in-memory-objects.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { delivered, NOON_MS, received } from '../../support/timed-facts.ts';
import { InMemoryStream, shardName } from '../event-source-mapping/in-memory-stream.ts';

function lab(change: Partial<FlowSources> = {}) {
  const clock = new ManualClock(NOON_MS);
  const stream = new InMemoryStream(clock);
  const [archive, spill] = [new InMemoryObjects(), new InMemoryObjects()];
  archive.modifiedMs = () => NOON_MS - 3000;
  const sources: FlowSources = {
    ...{ reader: stream, archive, spill, failures: new InMemoryObjects(), lanesPerShard: 2 },
    positions: { read: async () => [] },
    schedule: { read: async () => ({ learned: undefined, pausedUntilMs: 0, jitterMs: undefined }) },
    dispatch: {
      read: async () => ({ state: 'Enabled', changedAtMs: 0 }),
      readRatePerSecond: async () => 100,
    },
    openEvents: { listOpen: async () => [{ eventId: 'd', state: 'deadLettered', since: '' }] },
    readGivenUp: async function* () {},
    readDispatchLog: undefined,
    ...change,
  };
  const watch = createFlowWatch(sources, LOCAL_PACE, clock);
  onTestFinished(() => watch.close());
  return { clock, stream, archive, spill, watch };
}

describe('a flow watch', () => {
  it('puts the numbers of all sources together', async () => {
    const { stream, archive, spill, watch } = lab();
    await archive.put('facts/dt=2026-03-01/hh=11/one.gz', 'x');
    const dueMs = String(NOON_MS + 60_000).padStart(14, '0');
    await spill.put(`parked/2026-03-01T12-01/${dueMs}-${'a'.repeat(32)}.json`, '{}');
    stream.append(received('a', { atMs: NOON_MS - 4000 }), { ageMs: 4000 });
    stream.append(received('b', { atMs: NOON_MS - 3000 }), { ageMs: 3000 });
    stream.append(delivered('a', { atMs: NOON_MS - 2000 }), { ageMs: 2000 });
    expect(await watch.read()).toMatchObject({
      counts: { received: 2, delivered: 1 },
      perSecond: { received: 2 / 5, delivered: 1 / 5 },
      backlog: { count: 1, isAll: true, lagMs: 3000 },
      shards: [{ shardId: shardName(0), waiting: 1, lagMs: 3000 }],
      rate: { allowed: 100, learned: null, lanesPerShard: 2 },
      dispatch: { state: 'Enabled' },
      stores: {
        ...{
          spilled: { count: 0, isAll: true },
          parked: { count: 1, nextDueMs: NOON_MS + 60_000 },
        },
        ...{ openDeadLetters: { count: 1 }, archivedMs: NOON_MS - 3000 },
      },
      problems: [],
    });
  });

  it('names a source that cannot be read, and shows the others', async () => {
    const { watch } = lab({ schedule: { read: () => Promise.reject(new Error('no route')) } });
    const { problems, rate } = await watch.read();
    expect(problems).toEqual(['Cannot read the start schedule: no route']);
    expect(rate).toMatchObject({ allowed: 100, pausedUntilMs: 0 });
  });

  it('keeps what it has read when the first reading takes longer than that', async () => {
    const { clock, stream, watch } = lab();
    stream.append(received('a', { atMs: NOON_MS - 1000 }), { ageMs: 1000 });
    const read = stream.read.bind(stream);
    let end = () => {};
    const slow = new Promise<void>((resolve) => {
      end = resolve;
    });
    stream.read = async (...page) => {
      await slow;
      return read(...page);
    };
    const first = watch.read();
    await clock.advance(11_000);
    end();
    expect((await first).counts.received).toBe(1);
    const reads = stream.reads;
    await watch.read();
    expect(stream.reads).toBe(reads);
  });

  it('reads nothing ten seconds after the last question, and begins anew with the next', async () => {
    const { clock, stream, watch } = lab();
    await watch.read();
    await clock.advance(11_000);
    const reads = stream.reads;
    await clock.advance(60_000);
    expect(stream.reads).toBe(reads);
    stream.append(received('late', { atMs: clock.now() }));
    expect((await watch.read()).counts.received).toBe(1);
  });
});

describe('followFacts', () => {
  it('hands over facts as they come, those of the children of a split shard too, until it is stopped', async () => {
    const clock = new ManualClock(NOON_MS);
    const stream = new InMemoryStream(clock);
    const stopping = new AbortController();
    const seen: string[] = [];
    stream.append(received('before'), { ageMs: 60_000 });
    const following = followFacts({
      ...{ reader: stream, clock, sinceMs: NOON_MS - 1000, signal: stopping.signal },
      onFact: ({ eventId }) => seen.push(eventId),
    });
    await clock.advance(0);
    stream.append(received('a'));
    stream.append('no fact');
    await clock.advance(2000);
    const [left] = stream.split(shardName(0));
    stream.append(received('b'), { shardId: left });
    await clock.advance(7000);
    expect(seen).toEqual(['a', 'b']);
    stopping.abort();
    await following;
  });
});
