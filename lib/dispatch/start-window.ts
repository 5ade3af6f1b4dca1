/** Always allowed for, in milliseconds: our clock ticks in whole ones, and the quickest call may be quicker yet. */
const MIN_ALLOWANCE_MS = 2.5;

/** What the ordinary jitter of answers may cost of a second, in milliseconds. */
const MAX_ALLOWANCE_MS = 18;

/** What calls that took extraordinarily long may make us wait besides: in a burst, and of every second. */
const SPARE_MS = 300;
const SPARE_MS_PER_SECOND = 8;

/** Seconds of which the quickest call is remembered: a stall that lasts for many calls must not pass for the usual latency. */
const SECONDS_KEPT = 10;

/** One started call. */
export interface StartedCall {
  startedAtMs: number;
  /** `undefined` while it is under way. */
  latencyMs: number | undefined;
}

/**
 * Keeps calls within a limit of `starts` per `windowMs` as the target counts them, however unevenly our timers fire: a call
 * may start only when the one `starts` calls before it *arrived* a whole window ago. When that was is between its start
 * and its answer; the longer the answer took compared with the quickest, the later it is taken to have arrived. What this costs
 * is bounded to about 2 % of the rate (a throttled call costs a second), so that a target whose answers vary is not called too slowly for it.
 */
export class StartWindow {
  #starts: number;
  #windowMs: number;
  /** Oldest first, at most `starts`. */
  #calls: StartedCall[] = [];
  /** The quickest latency of each of the last seconds, newest last. */
  #quickest: { second: number; ms: number }[] = [];
  #spare = { ms: SPARE_MS, atMs: 0 };
  constructor(starts: number, windowMs: number) {
    this.#starts = starts;
    this.#windowMs = windowMs;
  }

  resize(starts: number, windowMs: number): void {
    this.#starts = starts;
    this.#windowMs = windowMs;
    this.#calls = this.#calls.slice(-starts);
  }

  /** How long the next call has to wait. To be asked once for each call. */
  waitMs(nowMs: number): number {
    const oldest = this.#calls[0];
    if (oldest === undefined || this.#calls.length < this.#starts) return 0;
    const delayMs = this.#delayMs(oldest);
    const waitFor = (allowedMs: number) =>
      Math.max(0, oldest.startedAtMs + allowedMs + this.#windowMs - nowMs);
    const ordinaryMs = waitFor(Math.min(MAX_ALLOWANCE_MS, delayMs));
    return ordinaryMs + this.#spend(waitFor(delayMs) - ordinaryMs, nowMs);
  }

  start(nowMs: number): StartedCall {
    const call: StartedCall = { startedAtMs: nowMs, latencyMs: undefined };
    this.#calls.push(call);
    if (this.#calls.length > this.#starts) this.#calls.shift();
    return call;
  }

  finish(call: StartedCall, nowMs: number): void {
    call.latencyMs = nowMs - call.startedAtMs;
    const second = Math.floor(nowMs / 1000);
    const current = this.#quickest.at(-1);
    if (current?.second === second) current.ms = Math.min(current.ms, call.latencyMs);
    else this.#quickest.push({ second, ms: call.latencyMs });
    if (this.#quickest.length > SECONDS_KEPT) this.#quickest.shift();
  }

  /** How much later than the quickest a call may have arrived. */
  #delayMs({ latencyMs }: StartedCall): number {
    if (latencyMs === undefined) return MAX_ALLOWANCE_MS;
    return latencyMs - Math.min(...this.#quickest.map(({ ms }) => ms)) + MIN_ALLOWANCE_MS;
  }

  /** As much of `ms` as there is to spare. */
  #spend(ms: number, nowMs: number): number {
    const earnedMs = ((nowMs - this.#spare.atMs) * SPARE_MS_PER_SECOND) / 1000;
    const spareMs = Math.min(SPARE_MS, this.#spare.ms + earnedMs);
    const spentMs = Math.min(Math.max(0, ms), spareMs);
    this.#spare = { ms: spareMs - spentMs, atMs: nowMs };
    return spentMs;
  }
}
