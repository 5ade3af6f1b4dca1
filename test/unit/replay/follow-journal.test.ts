import { describe, expect, it, onTestFinished } from 'vitest';
import type { DispatchPositions } from '../../../lib/ports.ts';
import { countBacklog } from '../../../lib/replay/backlog.ts';
import { type LagGauge, startLagGauge } from '../../../lib/replay/lag-gauge.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { deadLettered, deferred, delivered, NOON_MS, received } from '../../support/timed-facts.ts';
import { InMemoryStream, shardName } from '../event-source-mapping/in-memory-stream.ts';

/** Nothing is known of dispatch. */
const nowhere: DispatchPositions = { read: async () => [] };

function journal(shards = 1) {
  const clock = new ManualClock(NOON_MS);
  return { clock, stream: new InMemoryStream(clock, shards) };
}

async function follow(
  { clock, stream }: ReturnType<typeof journal>,
  positions = nowhere,
): Promise<LagGauge> {
  const gauge = await startLagGauge({ reader: stream, positions, clock });
  onTestFinished(() => gauge.stop());
  return gauge;
}

describe('startLagGauge', () => {
  it('knows the lag of what was there when it started, of the shard that is furthest behind', async () => {
    const { clock, stream } = journal(2);
    stream.append(received('a'), { ageMs: 3000 });
    stream.append(received('b'), { ageMs: 9000, shardId: shardName(1) });
    const gauge = await follow({ clock, stream });
    expect(gauge.lagMs()).toBe(9000);
  });

  it('follows what comes', async () => {
    const { clock, stream } = journal();
    const gauge = await follow({ clock, stream });
    expect(gauge.lagMs()).toBe(0);
    stream.append(received('a', { atMs: NOON_MS }));
    await clock.advance(4000);
    expect(gauge.lagMs()).toBe(4000);
    stream.append(delivered('a', { atMs: NOON_MS + 4000 }));
    await clock.advance(1000);
    expect(gauge.lagMs()).toBe(0);
  });

  it('goes on with the children of a shard that was split', async () => {
    const { clock, stream } = journal();
    const gauge = await follow({ clock, stream });
    const [left] = stream.split(shardName(0));
    stream.append(received('a', { atMs: NOON_MS }), { shardId: left });
    await clock.advance(3000);
    expect(gauge.lagMs()).toBe(3000);
  });

  it('begins at the position of dispatch, and passes what has no end when dispatch has passed it', async () => {
    const { clock, stream } = journal();
    const given = stream.append(received('given up'), { ageMs: 60_000 });
    stream.append(received('a'), { ageMs: 2000 });
    let settledThrough: string = String(BigInt(given) - 1n);
    const arrivedAtMs = NOON_MS - 60_000;
    const read = async () => [{ shardId: shardName(0), settledThrough, arrivedAtMs }];
    const gauge = await follow({ clock, stream }, { read });
    expect(stream.opens).toMatchObject([{ position: { timestampMs: arrivedAtMs } }]);
    expect(gauge.lagMs()).toBe(60_000);
    settledThrough = given;
    await clock.advance(6000);
    expect(gauge.lagMs()).toBe(8000);
  });

  it('is not kept waiting by what Lambda gave up, before it began or since', async () => {
    const { clock, stream } = journal();
    const givenUp = [received('crashes dispatch')];
    stream.append(givenUp[0], { ageMs: 3_600_000 });
    async function* readGivenUp() {
      yield* givenUp;
    }
    const options = { reader: stream, positions: nowhere, clock, readGivenUp };
    const gauge = await startLagGauge(options);
    onTestFinished(() => gauge.stop());
    expect(gauge.lagMs()).toBe(0);
    stream.append(received('as well'));
    await clock.advance(50_000);
    expect(gauge.lagMs()).toBe(50_000);
    givenUp.push(received('as well'));
    await clock.advance(60_000);
    expect(gauge.lagMs()).toBe(0);
  });

  it('is not kept waiting by a repeated id, the newest record there is', async () => {
    const { clock, stream } = journal();
    for (const fact of [received('a'), delivered('a'), received('a')]) stream.append(fact);
    const gauge = await follow({ clock, stream });
    stream.append(delivered('a', { verified: true }));
    await clock.advance(75_000);
    expect(gauge.lagMs()).toBe(0);
  });

  it('goes on after reads that failed', async () => {
    const { clock, stream } = journal();
    const gauge = await follow({ clock, stream });
    stream.append(received('a', { atMs: NOON_MS }));
    stream.failNext(new Error('connection reset'));
    await clock.advance(5000);
    expect(gauge.lagMs()).toBe(5000);
  });
});

describe('countBacklog', () => {
  const count = ({ clock, stream }: ReturnType<typeof journal>, patienceMs = 60_000) =>
    countBacklog({ reader: stream, positions: nowhere, clock, patienceMs });

  it('counts what has not ended, each replay by itself', async () => {
    const { clock, stream } = journal();
    const replay = { runId: 'r', reason: 'test' };
    for (const fact of [
      received('delivered'),
      delivered('delivered'),
      received('delivered', { replay }),
      received('dead'),
      deadLettered('dead'),
      received('waiting'),
    ])
      stream.append(fact);
    expect(await count({ clock, stream })).toEqual({ events: 2, complete: true });
  });

  it('counts a parked event only once it has returned', async () => {
    const { clock, stream } = journal();
    for (const id of ['parked', 'back'])
      for (const fact of [received(id), deferred(id)]) stream.append(fact);
    stream.append(received('back', { deferral: 1 }));
    expect(await count({ clock, stream })).toEqual({ events: 1, complete: true });
    stream.append(deferred('back', { deferral: 2 }));
    expect(await count({ clock, stream })).toEqual({ events: 0, complete: true });
  });

  it('counts an event that is in the journal twice once, and passes over what is no fact', async () => {
    const { clock, stream } = journal(2);
    stream.append(received('a'));
    stream.append(received('a'), { shardId: shardName(1) });
    stream.append('no fact');
    expect(await count({ clock, stream })).toEqual({ events: 1, complete: true });
  });

  it('counts what waits in a shard that was closed, and not what dispatch has passed', async () => {
    const { clock, stream } = journal();
    const passed = stream.append(received('passed'), { ageMs: 2000 });
    stream.append(received('waits in the parent'), { ageMs: 1000 });
    const [left] = stream.split(shardName(0));
    stream.append(received('waits in a child'), { shardId: left });
    const arrivedAtMs = NOON_MS - 2000;
    const positions = {
      read: async () => [{ shardId: shardName(0), settledThrough: passed, arrivedAtMs }],
    };
    const backlog = countBacklog({ reader: stream, positions, clock, patienceMs: 60_000 });
    expect(await backlog).toEqual({ events: 2, complete: true });
  });

  it('says when it had not the time to read all', async () => {
    const { clock, stream } = journal();
    for (let index = 0; index < 12_000; index++)
      stream.append(received(`e${index}`), { ageMs: 60_000 });
    const counting = count({ clock, stream }, 900);
    await clock.advance(2000);
    const { events, complete } = await counting;
    expect(complete).toBe(false);
    expect(events).toBeGreaterThan(2000);
    expect(events).toBeLessThan(12_000);
  });
});
