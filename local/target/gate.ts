import { createLimiter, type RateLimiter } from './limiters.ts';
import type { outageModes, SettingsChange, TargetSettings } from './settings.ts';

export type OutageMode = (typeof outageModes)[number];

/** The treatment of an admitted call: `serve` answers it, `fail` answers 500 and does nothing, `lose` does it and never answers. */
export interface Fate {
  type: 'serve' | 'fail' | 'lose';
  delayMs: number;
}

export type Verdict =
  | { type: 'outage'; mode: OutageMode }
  | { type: 'throttled'; limitPerSecond: number | null; retryAfterMs: number }
  | { type: 'admitted'; fate: Fate };

/**
 * Decides what happens to each call, in this order: an outage (which uses up nothing of the limit), the
 * rate limit, the drawn faults. It sees only the time, so a refusal costs no parsing.
 */
export class Gate {
  #settings: TargetSettings;
  #limiter: RateLimiter;
  #random: Random;
  #outageFromMs: number | undefined;

  constructor(settings: TargetSettings) {
    this.#settings = settings;
    this.#limiter = createLimiter(settings.limitAlgorithm, settings.limitPerSecond);
    this.#random = seededRandom(settings.seed);
  }

  get settings(): TargetSettings {
    return this.#settings;
  }

  /**
   * Applies a checked change. Naming `outage` arms it anew and naming `seed` restarts the random source,
   * also with an equal value; a limiter is replaced, its history forgotten, only when the limit really changes.
   */
  change(change: SettingsChange): void {
    const before = this.#settings;
    const after = { ...before, ...change };
    this.#settings = after;
    if (
      after.limitPerSecond !== before.limitPerSecond ||
      after.limitAlgorithm !== before.limitAlgorithm
    ) {
      this.#limiter = createLimiter(after.limitAlgorithm, after.limitPerSecond);
    }
    if (change.outage !== undefined) this.#outageFromMs = undefined;
    if (change.seed !== undefined) this.#random = seededRandom(change.seed);
  }

  /** The verdict on a call that arrives at `nowMs` (milliseconds, never going backwards). */
  judge(nowMs: number): Verdict {
    const outageMode = this.#outageAt(nowMs);
    if (outageMode) return { type: 'outage', mode: outageMode };
    const admission = this.#limiter.admit(nowMs);
    if (!admission.admitted) {
      const { limitPerSecond } = this.#settings;
      return { type: 'throttled', limitPerSecond, retryAfterMs: admission.retryAfterMs };
    }
    return { type: 'admitted', fate: drawFate(this.#settings, this.#random) };
  }

  #outageAt(nowMs: number): OutageMode | undefined {
    const { outage } = this.#settings;
    if (!outage) return undefined;
    this.#outageFromMs ??= nowMs + outage.afterMs;
    const elapsedMs = nowMs - this.#outageFromMs;
    return elapsedMs >= 0 && elapsedMs < outage.durationMs ? outage.mode : undefined;
  }
}

/** Always draws twice, so that a call's fate depends on the seed and its number, not on which faults are on. */
function drawFate(settings: TargetSettings, random: Random): Fate {
  const { errorShare, lostResponseShare, latencyMs, latencyJitterMs } = settings;
  const drawn = random();
  const delayMs = latencyMs + random() * latencyJitterMs;
  if (drawn < errorShare) return { type: 'fail', delayMs };
  return { type: drawn < errorShare + lostResponseShare ? 'lose' : 'serve', delayMs };
}

/** Draws a number in [0, 1). */
export type Random = () => number;

/** A small reproducible random source (mulberry32): the same 32-bit seed draws the same numbers. Not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
