/** Starts and calls that are remembered. With more, a change is learnt later; with less, each slow one counts for more. */
const KEPT = 256;

/** Estimates are renewed after so many. It costs 10 µs; renewed after 32, new jitter was refused for a second longer. */
const RENEWED_AFTER = 8;

/**
 * Most jitter that is allowed for, in milliseconds. A target whose work takes a varying time looks like a network with jitter. So more than 20 ms, which cost 2 % of
 * the rate, are allowed for only after refused calls.
 */
const MOST_JITTER_MS = { atFirst: 20, afterRefusals: 100 };

/**
 * Bounds of the lateness that is allowed for, as shares of the limit's window. An idle process is up to 2.5 ms late. Below the least, more than a hundredth of the
 * starts was lost (simulated); the most costs 2 % of the rate.
 */
const LATE_SHARE = { least: 0.004, most: 0.02 };

/** The shared margin falls by this share of the difference with each booking: within a second. It rises at once. With a sixteenth, a cold start cost 1 % for 8 s. */
const FALL = 1 / 4;

/**
 * The time by which the distances of a window's starts are longer than the window, so that one call more than the limit never arrives within it: what a start may be
 * late, and what one call takes longer than another to reach the target (the *jitter*). Each environment measures both. The margin is shared through the schedule, since a
 * call has to keep its distance to the calls of all environments. It rises to the largest need at once, and falls slowly. Pure: time arrives as data.
 */
export class Margin {
  readonly #windowMs: number;
  readonly #latencies = new Latest();
  readonly #lateness = new Latest();
  #isMeasured = false;
  #mostJitterMs = MOST_JITTER_MS.atFirst;
  /** Half of the spread of latencies. */
  #halfSpreadMs = MOST_JITTER_MS.atFirst / 2;
  /** The lateness at which this environment would lose least. */
  #bestLateMs: number;
  #sharedMs: number | undefined;
  #explainedUntilMs = 0;
  /** The most that a start may be late. A later one is lost. */
  lateMs: number;

  /** @param windowMs the limit's window */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
    this.#bestLateMs = LATE_SHARE.least * windowMs;
    this.lateMs = this.#bestLateMs;
  }

  /** The margin that bookings keep, in milliseconds. */
  get ms(): number {
    return this.#sharedMs ?? this.#ownMs;
  }

  /** The margin for all, with what this environment has measured; `undefined` before anything is known. */
  toShare(): number | undefined {
    if (!this.#isMeasured) return this.#sharedMs;
    const more = this.#ownMs - this.ms;
    return this.ms + (more > 0 ? more : more * FALL);
  }

  /** Takes the margin that a booking returned. More than an environment may need at first was learnt from refused calls. */
  adopt(sharedMs: number | undefined, nowMs: number): void {
    const [before, now] = [this.#sharedMs ?? 0, sharedMs ?? 0];
    this.#sharedMs = sharedMs;
    if (now > MOST_JITTER_MS.atFirst + LATE_SHARE.most * this.#windowMs) this.#allowMore(nowMs);
    // What others have booked with the margin before is started by the next booking.
    const keptMs = Math.min(before, now) - this.#jitterMs;
    this.lateMs = Math.min(this.#bestLateMs, Math.max(LATE_SHARE.least * this.#windowMs, keptMs));
  }

  /** The target refused a call. Returns whether more jitter than was allowed for explains it. */
  refused(nowMs: number): boolean {
    this.#measureSpread();
    if (this.#halfSpreadMs > this.#mostJitterMs) this.#allowMore(nowMs);
    return nowMs < this.#explainedUntilMs;
  }

  /** Notes that a start was used, or lost, so late. */
  noteStart(lateMs: number): void {
    if (this.#lateness.add(lateMs)) this.#bestLateMs = this.#leastLoss();
  }

  /** Notes how long a call took. */
  noteCall(latencyMs: number): void {
    if (this.#latencies.add(latencyMs)) this.#measureSpread();
  }

  get #ownMs(): number {
    return this.#bestLateMs + this.#jitterMs;
  }

  get #jitterMs(): number {
    return Math.min(this.#mostJitterMs, this.#halfSpreadMs);
  }

  /** The calls of the last window were too close to each other, and those of the next one are refused for them. */
  #allowMore(nowMs: number): void {
    if (this.#mostJitterMs === MOST_JITTER_MS.afterRefusals) return;
    this.#mostJitterMs = MOST_JITTER_MS.afterRefusals;
    this.#explainedUntilMs = nowMs + 2 * this.#windowMs;
  }

  /** Half of the spread of latencies is taken for the jitter, which cannot be measured; without the slowest of 256, since that is a stall of this process. */
  #measureSpread(): void {
    const sorted = this.#latencies.sorted();
    const slowest = sorted.at(sorted.length < KEPT ? -1 : -2) ?? 0;
    this.#halfSpreadMs = (slowest - (sorted[0] ?? 0)) / 2;
    this.#isMeasured = true;
  }

  /** The lateness at which least is lost, by the starts that are later and by the longer distances of all. */
  #leastLoss(): number {
    const sorted = this.#lateness.sorted();
    let best = { lateMs: 0, loss: Number.POSITIVE_INFINITY };
    for (let index = 0; index < sorted.length; index++) {
      const lateMs = sorted[index] ?? 0;
      const loss = lateMs / this.#windowMs + (sorted.length - 1 - index) / KEPT;
      if (loss < best.loss) best = { lateMs, loss };
    }
    const { least, most } = LATE_SHARE;
    return Math.min(Math.max(best.lateMs, least * this.#windowMs), most * this.#windowMs);
  }
}

/** The latest {@link KEPT} of some numbers. It allocates nothing: each garbage collection makes starts late. */
class Latest {
  readonly #numbers = new Float64Array(KEPT);
  readonly #sorted = new Float64Array(KEPT);
  #added = 0;

  /** Returns whether it is time to look at them again. */
  add(number: number): boolean {
    this.#numbers[this.#added % KEPT] = number;
    this.#added += 1;
    return this.#added % RENEWED_AFTER === 0;
  }

  /** Valid until the next call. */
  sorted(): Float64Array {
    const known = Math.min(this.#added, KEPT);
    this.#sorted.set(this.#numbers);
    return this.#sorted.subarray(0, known).sort();
  }
}
