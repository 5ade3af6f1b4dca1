import { describe, expect, it } from 'vitest';
import { LiveRate, ShardLag } from '../../../lib/replay/lag-gauge.ts';
import { deferred, delivered, NOON_MS, received } from '../../support/timed-facts.ts';

const at = (ms: number) => ({ atMs: NOON_MS + ms });

describe('ShardLag', () => {
  it('is the age of the oldest event that waits', () => {
    const lag = new ShardLag();
    lag.take(received('a', at(0)), NOON_MS);
    lag.take(received('b', at(1000)), NOON_MS + 1000);
    expect(lag.lagMs(NOON_MS + 5000)).toBe(5000);
    lag.take(delivered('a', at(2000)), NOON_MS + 5000);
    expect(lag.lagMs(NOON_MS + 5000)).toBe(4000);
    lag.take(delivered('b', at(2000)), NOON_MS + 5000);
    expect(lag.lagMs(NOON_MS + 5000)).toBe(0);
  });

  it('does not count an event that later ones have passed', () => {
    const lag = new ShardLag();
    lag.take(received('stuck', at(0)), NOON_MS);
    lag.take(received('b', at(1000)), NOON_MS + 1000);
    lag.take(delivered('b', at(2000)), NOON_MS + 2000);
    expect(lag.lagMs(NOON_MS + 100_000)).toBe(0);
  });

  it('knows by the deliveries that dispatch is busy with what is older than what it has seen', () => {
    const lag = new ShardLag();
    lag.take({ ...delivered('old'), queuedMs: 600_000 } as ReturnType<typeof delivered>, NOON_MS);
    expect(lag.lagMs(NOON_MS + 5000)).toBe(600_000);
    expect(lag.lagMs(NOON_MS + 20_000)).toBe(0);
  });

  it('tells a replay from the first delivery', () => {
    const lag = new ShardLag();
    const replay = { runId: 'r', reason: 'test' };
    lag.take(received('a', { ...at(0), replay }), NOON_MS);
    lag.take({ ...delivered('a', at(0)), queuedMs: 1 } as ReturnType<typeof delivered>, NOON_MS);
    expect(lag.lagMs(NOON_MS + 3000)).toBe(3000);
    lag.take(delivered('a', { ...at(3000), replay }), NOON_MS + 3000);
    expect(lag.lagMs(NOON_MS + 30_000)).toBe(0);
  });
});

describe('ShardLag, of parked events', () => {
  const hourLater = NOON_MS + 3_600_000;

  it('lets a parked event pass, and what came before it', () => {
    const lag = new ShardLag();
    lag.take(received('a', at(0)), NOON_MS);
    lag.take(received('b', at(500)), NOON_MS + 500);
    lag.take(deferred('b', at(1000)), NOON_MS + 1000);
    expect(lag.lagMs(NOON_MS + 5000)).toBe(0);
  });

  it('counts one that returned from when it returned', () => {
    const lag = new ShardLag();
    lag.take(received('a', at(0)), NOON_MS);
    lag.take(deferred('a', at(1000)), NOON_MS + 1000);
    lag.take(received('a', { ...at(0), deferral: 1 }), hourLater);
    expect(lag.lagMs(hourLater + 2000)).toBe(2000);
    lag.take(deferred('a', { ...at(0), deferral: 2 }), hourLater + 2000);
    expect(lag.lagMs(hourLater + 5000)).toBe(0);
  });

  it('takes the delivery of one that returned before it began to watch for no lag', () => {
    const lag = new ShardLag();
    const late = { ...delivered('a', { deferral: 1 }), queuedMs: 3_600_000 };
    lag.take(late as ReturnType<typeof delivered>, hourLater);
    expect(lag.lagMs(hourLater)).toBe(0);
  });
});

describe('LiveRate', () => {
  /** Live events, ten a second from `fromMs` on, read to the tip `atMs`. */
  function rateOf(fromMs: number, toMs: number, atMs: number): number {
    const rate = new LiveRate();
    const replay = { runId: 'r', reason: 'test' };
    for (let ms = fromMs; ms < toMs; ms += 100) {
      rate.take(received(`e${ms}`, at(ms)));
      rate.take(received(`e${ms}`, { ...at(ms), replay }));
      rate.take(received(`e${ms}`, { ...at(ms), deferral: 1 }));
      rate.take(delivered(`e${ms}`, at(ms)));
    }
    rate.readToTip(NOON_MS + atMs);
    return rate.perSecond();
  }

  it('counts live events, and neither replays nor returns', () => {
    expect(rateOf(0, 20_000, 20_000)).toBe(10);
  });

  it('sees within two seconds that events have begun to come', () => {
    expect(rateOf(18_750, 20_000, 20_000)).toBe(5);
    expect(rateOf(17_750, 20_000, 20_000)).toBe(10);
  });

  it('keeps the rate in mind for some seconds after they paused', () => {
    expect(rateOf(0, 18_000, 20_000)).toBeGreaterThan(6);
    expect(rateOf(0, 10_000, 20_000)).toBe(0);
  });
});
