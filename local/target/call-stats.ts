import { WINDOW_MS } from './limiters.ts';

/** The counters, one word per outcome. */
const zeroes = {
  /** Everything that reached /graphql: admitted, throttled, or met by an outage. */
  calls: 0,
  admitted: 0,
  /** Items inserted, duplicates that were allowed included. */
  created: 0,
  /** Calls to create an id that was already there. */
  duplicateAttempts: 0,
  /** Answered 429. */
  throttled: 0,
  /** Answered 500 by the error share. */
  faulted: 0,
  /** Answered 503 by an outage. */
  unavailable: 0,
  /** Never answered, by an outage. */
  hung: 0,
  /** Connections reset, by an outage or instead of an answer. */
  resets: 0,
  /** The resets among them whose call had been carried out. */
  lostResponses: 0,
  /** Calls that carried an Idempotency-Key, which the target ignores. */
  idempotencyKeys: 0,
};

type Counter = keyof typeof zeroes;

/** A moment as ISO 8601 UTC, or null when it has not happened. */
type Moment = string | null;

export type CallCounters = typeof zeroes & {
  firstCallAt: Moment;
  lastCallAt: Moment;
  firstCreatedAt: Moment;
  lastCreatedAt: Moment;
  /** The largest number of calls in any sliding second, throttled ones included: how hard the target was pressed. */
  busiestSecond: number;
};

/** Counts the outcomes of calls, from the start or the last reset on. Times are milliseconds since the Unix epoch. */
export class CallStats {
  #counters = { ...zeroes };
  #busiest = new BusiestSecond();
  #callsMs = new Span();
  #createdMs = new Span();

  recordCall(nowMs: number): void {
    this.#counters.calls += 1;
    this.#callsMs.extend(nowMs);
    this.#busiest.record(nowMs);
  }

  recordCreated(nowMs: number): void {
    this.#counters.created += 1;
    this.#createdMs.extend(nowMs);
  }

  count(counter: Exclude<Counter, 'calls' | 'created'>): void {
    this.#counters[counter] += 1;
  }

  reset(): void {
    this.#counters = { ...zeroes };
    this.#busiest = new BusiestSecond();
    this.#callsMs = new Span();
    this.#createdMs = new Span();
  }

  snapshot(): CallCounters {
    return {
      ...this.#counters,
      firstCallAt: toMoment(this.#callsMs.first),
      lastCallAt: toMoment(this.#callsMs.last),
      firstCreatedAt: toMoment(this.#createdMs.first),
      lastCreatedAt: toMoment(this.#createdMs.last),
      busiestSecond: this.#busiest.count,
    };
  }
}

class Span {
  first: number | undefined;
  last: number | undefined;

  extend(nowMs: number): void {
    this.first ??= nowMs;
    this.last = nowMs;
  }
}

function toMoment(ms: number | undefined): Moment {
  return ms === undefined ? null : new Date(ms).toISOString();
}

/**
 * The largest number of moments that fell into any sliding second [t, t + 1 s), exactly.
 * It keeps the moments of one second only, so memory is bounded by the answer itself.
 */
export class BusiestSecond {
  #moments = new Float64Array(64);
  #oldest = 0;
  #size = 0;
  #busiest = 0;

  get count(): number {
    return this.#busiest;
  }

  /** Records a moment in milliseconds, not earlier than the one before. */
  record(nowMs: number): void {
    this.#forgetUntil(nowMs - WINDOW_MS);
    if (this.#size === this.#moments.length) this.#grow();
    this.#moments[(this.#oldest + this.#size) % this.#moments.length] = nowMs;
    this.#size += 1;
    this.#busiest = Math.max(this.#busiest, this.#size);
  }

  #forgetUntil(limitMs: number): void {
    while (this.#size > 0 && (this.#moments[this.#oldest] ?? 0) <= limitMs) {
      this.#oldest = (this.#oldest + 1) % this.#moments.length;
      this.#size -= 1;
    }
  }

  #grow(): void {
    const grown = new Float64Array(this.#moments.length * 2);
    grown.set(this.#moments.subarray(this.#oldest));
    grown.set(this.#moments.subarray(0, this.#oldest), this.#moments.length - this.#oldest);
    this.#moments = grown;
    this.#oldest = 0;
  }
}
