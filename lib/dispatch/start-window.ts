/** A limit counts calls when they arrive, which we do not see: this much is always allowed for, in milliseconds. */
const MIN_ALLOWANCE_MS = 2;

/** What ordinary jitter may cost of a window, in milliseconds: 1.5 % of a second. */
const MAX_ALLOWANCE_MS = 15;

/** What one extraordinary call may cost, such as the first on a new connection. */
const MAX_OUTLIER_MS = 200;

/** Latencies that the ordinary one is judged by. */
const LATENCIES_KEPT = 64;

/** One started call. */
export interface StartedCall {
  startedAtMs: number;
  /** `undefined` while it is under way. */
  latencyMs: number | undefined;
}

/**
 * Keeps calls within a limit of `starts` per `windowMs` as the target counts them, however unevenly our timers fire: a call
 * may start only when the one `starts` calls before it *arrived* a whole window ago. When that was is between its start
 * and its answer; the more slowly it was answered compared with others, the later it is taken to have arrived.
 */
export class StartWindow {
  #starts: number;
  #windowMs: number;
  /** Oldest first, at most `starts`. */
  #calls: StartedCall[] = [];
  #latenciesMs: number[] = [];

  constructor(starts: number, windowMs: number) {
    this.#starts = starts;
    this.#windowMs = windowMs;
  }

  resize(starts: number, windowMs: number): void {
    this.#starts = starts;
    this.#windowMs = windowMs;
    this.#calls = this.#calls.slice(-starts);
  }

  /** How long the next call has to wait. */
  waitMs(nowMs: number): number {
    const oldest = this.#calls[0];
    if (oldest === undefined || this.#calls.length < this.#starts) return 0;
    const arrivedAtMs = oldest.startedAtMs + this.#allowanceMs(oldest.latencyMs);
    return Math.max(0, arrivedAtMs + this.#windowMs - nowMs);
  }

  start(nowMs: number): StartedCall {
    const call: StartedCall = { startedAtMs: nowMs, latencyMs: undefined };
    this.#calls.push(call);
    if (this.#calls.length > this.#starts) this.#calls.shift();
    return call;
  }

  finish(call: StartedCall, nowMs: number): void {
    call.latencyMs = nowMs - call.startedAtMs;
    this.#latenciesMs.push(call.latencyMs);
    if (this.#latenciesMs.length > LATENCIES_KEPT) this.#latenciesMs.shift();
  }

  #allowanceMs(latencyMs: number | undefined): number {
    if (latencyMs === undefined) return MAX_ALLOWANCE_MS;
    const sorted = this.#latenciesMs.toSorted((a, b) => a - b);
    const leastMs = sorted[0] ?? 0;
    const medianMs = sorted[sorted.length >> 1] ?? 0;
    const isOutlier = latencyMs > 2 * medianMs + MIN_ALLOWANCE_MS;
    if (isOutlier) return Math.min(latencyMs - leastMs, MAX_OUTLIER_MS);
    return Math.min(MAX_ALLOWANCE_MS, Math.max(MIN_ALLOWANCE_MS, latencyMs - leastMs));
  }
}
