import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../../local/target/settings.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { create, inTurn, openTarget } from './support/target-client.ts';

const startMs = Date.UTC(2026, 0, 1);

describe('/stats', () => {
  it('counts from nothing', async () => {
    const target = await openTarget();
    expect(await (await fetch(`${target.url}/stats`)).json()).toEqual({
      calls: 0,
      admitted: 0,
      created: 0,
      duplicateAttempts: 0,
      throttled: 0,
      faulted: 0,
      unavailable: 0,
      hung: 0,
      resets: 0,
      lostResponses: 0,
      idempotencyKeys: 0,
      firstCallAt: null,
      lastCallAt: null,
      firstCreatedAt: null,
      lastCreatedAt: null,
      busiestSecond: 0,
      items: 0,
      distinctItems: 0,
    });
  });

  it('tells when calls came, and how many in the busiest second', async () => {
    const clock = new ManualClock(startMs);
    const target = await openTarget({ limitPerSecond: 3, clock });
    await create(target, 'a');
    await clock.advance(400);
    await create(target, 'b');
    await clock.advance(599);
    await inTurn(2, (n) => create(target, `c${n}`));
    await clock.advance(5000);
    await create(target, 'a');
    expect(await (await fetch(`${target.url}/stats`)).json()).toMatchObject({
      calls: 5,
      admitted: 4,
      throttled: 1,
      busiestSecond: 4,
      firstCallAt: '2026-01-01T00:00:00.000Z',
      lastCallAt: '2026-01-01T00:00:05.999Z',
      firstCreatedAt: '2026-01-01T00:00:00.000Z',
      lastCreatedAt: '2026-01-01T00:00:00.999Z',
      duplicateAttempts: 1,
      items: 3,
    });
  });

  it('are reset, while the items stay', async () => {
    const target = await openTarget();
    await create(target, 'a');
    const response = await fetch(`${target.url}/stats`, { method: 'DELETE' });
    expect(await response.json()).toMatchObject({ calls: 0, busiestSecond: 0, items: 1 });
    expect(target.stats()).toMatchObject({ calls: 0, firstCallAt: null, items: 1 });
  });
});

describe('/control', () => {
  it('shows the settings', async () => {
    const target = await openTarget({ limitPerSecond: 5 });
    const response = await fetch(`${target.url}/control`);
    expect(await response.json()).toEqual({ ...defaultSettings, limitPerSecond: 5 });
  });

  it('changes what is named and keeps the rest', async () => {
    const target = await openTarget({ limitPerSecond: 5 });
    const response = await put(target.url, { errorShare: 1, outage: null });
    expect(response.status).toBe(200);
    const expected = { ...defaultSettings, limitPerSecond: 5, errorShare: 1 };
    expect(await response.json()).toEqual(expected);
    expect(await control(target.url)).toEqual(expected);
    expect((await create(target, 'a')).status).toBe(500);
  });

  it('starts an outage at once', async () => {
    const target = await openTarget();
    await create(target, 'a');
    await put(target.url, { outage: { durationMs: 60_000 } });
    expect((await create(target, 'b')).status).toBe(503);
    await put(target.url, { outage: null });
    expect((await create(target, 'b')).status).toBe(200);
  });

  it('refuses bad settings, names each one and changes nothing', async () => {
    const target = await openTarget();
    const response = await put(target.url, {
      errorShare: 2,
      latencyMs: -1,
      seed: 9,
      colour: 'red',
    });
    expect(response.status).toBe(400);
    const { problems } = (await response.json()) as { problems: { field: string }[] };
    expect(problems.map(({ field }) => field).sort()).toEqual([
      'colour',
      'errorShare',
      'latencyMs',
    ]);
    expect(await control(target.url)).toEqual(defaultSettings);
  });

  it.each([
    ['not JSON', '{"errorShare":'],
    ['empty', ''],
    ['a list', '[]'],
    ['too long', JSON.stringify({ colour: 'x'.repeat(20_000) })],
  ])('refuses a body that is %s', async (_name, body) => {
    const target = await openTarget();
    const response = await fetch(`${target.url}/control`, { method: 'PUT', body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      problems: [{ field: '', message: 'must be a JSON object' }],
    });
  });
});

describe('startTarget', () => {
  it('refuses bad settings', async () => {
    await expect(openTarget({ errorShare: 2, latencyMs: 0.5 })).rejects.toThrow(
      /errorShare must be .*; latencyMs must be|latencyMs must be .*; errorShare must be/,
    );
  });

  it('can be closed twice', async () => {
    const target = await openTarget();
    await target.close();
    await target.close();
  });
});

function put(url: string, change: object): Promise<Response> {
  return fetch(`${url}/control`, { method: 'PUT', body: JSON.stringify(change) });
}

async function control(url: string): Promise<unknown> {
  return (await fetch(`${url}/control`)).json();
}
