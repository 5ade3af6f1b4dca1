import { Agent, get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ManualClock } from '../../support/manual-clock.ts';
import { call, create, getItem, inTurn, openTarget } from './support/target-client.ts';

const statusesOf = (answers: { status: number }[]) => answers.map(({ status }) => status);

describe('the rate limit', () => {
  it('answers 429 above the limit, in the shape of GraphQL and with the wait in seconds', async () => {
    const clock = new ManualClock();
    const target = await openTarget({ limitPerSecond: 2, clock });
    expect(statusesOf(await inTurn(2, (n) => create(target, `${n}`)))).toEqual([200, 200]);
    const refused = await create(target, 'late');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.body.errors[0].extensions.code).toBe('TOO_MANY_REQUESTS');
    await clock.advance(999);
    expect((await create(target, 'late')).status).toBe(429);
    await clock.advance(1);
    expect((await create(target, 'late')).status).toBe(200);
    expect(target.stats()).toMatchObject({ calls: 5, admitted: 3, throttled: 2, created: 3 });
  });

  it.each([
    ['sliding-window', 900, [429, 429]],
    ['fixed-window', 900, [200, 200]],
    ['token-bucket', 900, [200, 429]],
  ] as const)('follows the %s', async (limitAlgorithm, pauseMs, expected) => {
    const clock = new ManualClock(Date.UTC(2026, 0, 1) + 100);
    const target = await openTarget({ limitPerSecond: 2, limitAlgorithm, clock });
    await inTurn(2, (n) => create(target, `first ${n}`));
    await clock.advance(pauseMs);
    const answers = await inTurn(2, (n) => create(target, `second ${n}`));
    expect(statusesOf(answers)).toEqual(expected);
  });

  it('counts every call to /graphql, before looking at what it says', async () => {
    const target = await openTarget({ limitPerSecond: 1, clock: new ManualClock() });
    await call(target, '{ getItems { id } }');
    expect((await call(target, '', {}, { body: 'not JSON' })).status).toBe(429);
    expect((await fetch(target.url)).status).toBe(200);
  });

  it('can be changed while it runs', async () => {
    const target = await openTarget({ limitPerSecond: 1, clock: new ManualClock() });
    await create(target, 'a');
    expect((await create(target, 'b')).status).toBe(429);
    target.change({ limitPerSecond: null });
    expect((await create(target, 'b')).status).toBe(200);
  });
});

describe('faults', () => {
  it('fail the share of calls asked for, which then do nothing', async () => {
    const target = await openTarget({ errorShare: 0.5, seed: 3 });
    const answers = await inTurn(40, (n) => create(target, `${n}`));
    const failed = answers.filter(({ status }) => status === 500);
    expect(failed.length).toBeGreaterThan(8);
    expect(failed.length).toBeLessThan(32);
    expect(failed[0]?.body.errors[0].extensions.code).toBe('INTERNAL_SERVER_ERROR');
    expect(target.stats()).toMatchObject({
      faulted: failed.length,
      created: 40 - failed.length,
      admitted: 40,
    });
  });

  it('lose responses after the item was created', async () => {
    const target = await openTarget({ lostResponseShare: 1 });
    await expect(create(target, 'a')).rejects.toThrow('fetch failed');
    target.change({ lostResponseShare: 0 });
    expect(await getItem(target, 'a')).toMatchObject({ id: 'a' });
    expect(target.stats()).toMatchObject({ resets: 1, lostResponses: 1, created: 1 });
  });

  it('delay a call by its latency', async () => {
    const clock = new ManualClock();
    const target = await openTarget({ latencyMs: 250, clock });
    let answered = false;
    const creating = create(target, 'a').finally(() => {
      answered = true;
    });
    await until(() => target.stats().admitted === 1);
    await clock.advance(249);
    expect({ answered, created: target.stats().created }).toEqual({ answered: false, created: 0 });
    await advanceUntil(clock, () => answered);
    expect((await creating).status).toBe(200);
  });

  it('carry out a delayed call whose client has left', async () => {
    const clock = new ManualClock();
    const target = await openTarget({ latencyMs: 250, clock });
    const client = new AbortController();
    const creating = create(target, 'a', { signal: client.signal });
    await until(() => target.stats().admitted === 1);
    client.abort();
    await expect(creating).rejects.toThrow('abort');
    await advanceUntil(clock, () => target.stats().created === 1);
  });

  it('put the target out of service for a while after the first call', async () => {
    const clock = new ManualClock();
    const target = await openTarget({
      outage: { afterMs: 1000, durationMs: 500, mode: '503' },
      clock,
    });
    expect((await create(target, 'a')).status).toBe(200);
    await clock.advance(1000);
    const refused = await create(target, 'b');
    expect(refused.status).toBe(503);
    expect(refused.body.errors[0].extensions.code).toBe('SERVICE_UNAVAILABLE');
    await clock.advance(500);
    expect((await create(target, 'b')).status).toBe(200);
    expect(target.stats()).toMatchObject({ calls: 3, admitted: 2, unavailable: 1 });
  });

  it('reset connections in an outage', async () => {
    const target = await openTarget({ outage: { afterMs: 0, durationMs: 60_000, mode: 'reset' } });
    await expect(create(target, 'a')).rejects.toThrow('fetch failed');
    expect(target.stats()).toMatchObject({ resets: 1, lostResponses: 0, items: 0 });
  });

  it('hang in an outage until the client gives up', async () => {
    const target = await openTarget({ outage: { afterMs: 0, durationMs: 60_000, mode: 'hang' } });
    const client = new AbortController();
    const creating = create(target, 'a', { signal: client.signal });
    await until(() => target.stats().hung === 1);
    client.abort();
    await expect(creating).rejects.toThrow('abort');
  });

  it('do not keep the target from closing', async () => {
    const target = await openTarget({ outage: { afterMs: 0, durationMs: 60_000, mode: 'hang' } });
    const creating = create(target, 'a');
    await until(() => target.stats().hung === 1);
    await Promise.all([expect(creating).rejects.toThrow('fetch failed'), target.close()]);
  });
});

describe('closing', () => {
  it('answers a call that still waits out its latency', async () => {
    const target = await openTarget({ latencyMs: 600_000 });
    const creating = create(target, 'a');
    await until(() => target.stats().admitted === 1);
    await Promise.all([target.close(), creating]);
    expect((await creating).body.data.createItem.id).toBe('a');
  });
});

/** Lets the network and the server work until `condition` holds; the runner's own time limit ends it. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Moves the clock along until `condition` holds, as the body may arrive after the call was admitted. */
async function advanceUntil(clock: ManualClock, condition: () => boolean): Promise<void> {
  while (!condition()) await clock.advance(1);
}

it('resets a connection at its next request when it was idle for too long', async () => {
  const target = await openTarget({ idleResetMs: 50 });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const ask = () =>
    new Promise<number | undefined>((resolve, reject) => {
      get(target.url, { agent }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode));
      }).on('error', reject);
    });
  expect([await ask(), await ask()]).toEqual([200, 200]);
  await delay(60);
  await expect(ask()).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(await ask()).toBe(200);
});
