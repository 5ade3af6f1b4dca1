import { describe, expect, it } from 'vitest';
import { LiveRate } from '../../../lib/replay/live-rate.ts';
import { delivered, NOON_MS, received } from '../../support/timed-facts.ts';

const at = (ms: number) => ({ atMs: NOON_MS + ms });

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
