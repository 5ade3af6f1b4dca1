/** Calls that are remembered. With more, a change is learnt later; with less, each slow call counts for more. */
const KEPT = 256;

/** The spread is measured anew after so many calls. After every 32, 1.1 of 1,000 calls were refused in place of 0.8 while 100 ms of jitter were learnt (simulated). */
const MEASURED_AFTER = 8;

/**
 * Most jitter that is allowed for, in milliseconds. A target whose work takes a varying time looks like a network with jitter. So more than 20 ms, which cost 2 % of
 * the rate, are allowed for only after refused calls.
 */
const MOST_MS = { atFirst: 20, afterRefusals: 100 };

/**
 * The time that one call takes longer than another to reach the target, in milliseconds. That cannot be measured; each environment takes half of the spread of whole latencies. Each booking
 * leaves this finding in the schedule, and returns the one that the booking before has left: a call has to keep its distance to the calls of all environments. The larger of the two counts. Pure:
 * time arrives as data.
 */
export class Jitter {
  readonly #windowMs: number;
  readonly #latencies = new Float64Array(KEPT);
  /** Kept, since each garbage collection makes starts late. */
  readonly #sorted = new Float64Array(KEPT);
  #noted = 0;
  #halfSpreadMs: number | undefined;
  #mostMs = MOST_MS.atFirst;
  #sharedMs: number | undefined;
  #explainedUntilMs = 0;

  /** @param windowMs the limit's window */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** The jitter that bookings allow for. Before anything is measured here, that of the others counts. */
  get ms(): number {
    const isMeasured = this.#halfSpreadMs !== undefined;
    if (this.#sharedMs === undefined || !isMeasured) return this.#sharedMs ?? this.#ownMs;
    return Math.max(this.#sharedMs, this.#ownMs);
  }

  /** The jitter that the next booking leaves; `undefined` before anything is known. */
  toShare(): number | undefined {
    return this.#halfSpreadMs === undefined ? this.#sharedMs : this.#ownMs;
  }

  /** Takes what a booking returned. More than is allowed for at first was learnt from refused calls. */
  adopt(sharedMs: number | undefined, nowMs: number): void {
    this.#sharedMs = sharedMs;
    if ((sharedMs ?? 0) > MOST_MS.atFirst) this.#allowMore(nowMs);
  }

  /** The target refused a call. Returns whether more jitter than was allowed for explains it. */
  refused(nowMs: number): boolean {
    if (this.#noted >= MEASURED_AFTER && this.#measure() > this.#mostMs) this.#allowMore(nowMs);
    return nowMs < this.#explainedUntilMs;
  }

  /** Notes how long a call took. */
  noteCall(latencyMs: number): void {
    this.#latencies[this.#noted % KEPT] = latencyMs;
    this.#noted += 1;
    if (this.#noted % MEASURED_AFTER === 0) this.#measure();
  }

  /** Half of what is allowed for at first, until something is known. */
  get #ownMs(): number {
    return Math.min(this.#mostMs, this.#halfSpreadMs ?? MOST_MS.atFirst / 2);
  }

  /** The calls of the last window were too close to each other, and those of the next one are refused for them. */
  #allowMore(nowMs: number): void {
    if (this.#mostMs === MOST_MS.afterRefusals) return;
    this.#mostMs = MOST_MS.afterRefusals;
    this.#explainedUntilMs = nowMs + 2 * this.#windowMs;
  }

  /** Returns half of the spread, without the slowest fiftieth: those are stalls of this process or of the target more often than the network's (simulated: no more is refused for it). */
  #measure(): number {
    const known = Math.min(this.#noted, KEPT);
    this.#sorted.set(this.#latencies);
    const sorted = this.#sorted.subarray(0, known).sort();
    const slowest = sorted.at(-1 - Math.floor(known / 50)) ?? 0;
    this.#halfSpreadMs = (slowest - (sorted[0] ?? 0)) / 2;
    return this.#halfSpreadMs;
  }
}
