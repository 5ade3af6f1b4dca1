/**
 * Health of the target, judged by what its answers have in common and not by what any single one says.
 *
 * States:
 * - `well`: a failure counts against its event.
 * - `closed`: the target refuses calls and names a wait, or throttles, and no creation succeeded within {@link RECENT_MS}: a quota is used up.
 * - `sick`: the last {@link SICK_CALLS} calls failed, of at least {@link SICK_EVENTS} events, with no success between them.
 *
 * While `closed` or `sick`, dispatch sends one probe at a time, at most one a second, and failures count against the target. The first
 * creation that succeeds leads back to `well`. One bad event, one tenant of the target that is down, or a firewall that dislikes a payload
 * never leads away from it, because other creations succeed in between. Lookups prove nothing: a target that only reads is sick.
 */
export type HealthState = 'well' | 'closed' | 'sick';

/** At a target where half of all calls fail for their own reasons, this many failures in a row come once in a million calls. */
const SICK_CALLS = 20;

/** Fewer events than this may well be bad themselves. */
const SICK_EVENTS = 5;

/** A refusal says something about the whole target only if nothing was admitted for this long. */
const RECENT_MS = 1000;

/** Distance of probes: a target that is down gets at most one call a second. */
const PROBE_MS = 1000;

export class TargetHealth {
  #state: HealthState = 'well';
  #failedCalls = 0;
  readonly #failedEvents = new Set<string>();
  #lastSuccessMs = Number.NEGATIVE_INFINITY;
  #nextProbeAtMs = 0;

  get state(): HealthState {
    return this.#state;
  }

  get isWell(): boolean {
    return this.#state === 'well';
  }

  /** Earliest start of the next probe, in milliseconds since the epoch; only of use while the target is not well. */
  get nextProbeAtMs(): number {
    return this.#nextProbeAtMs;
  }

  /** A creation succeeded. */
  succeeded(nowMs: number): void {
    this.#state = 'well';
    this.#failedCalls = 0;
    this.#failedEvents.clear();
    this.#lastSuccessMs = nowMs;
  }

  /**
   * A call failed.
   *
   * @param eventKeys the events concerned, without those that are known to fail for their own reasons
   * @param waitMs the target throttled it, or asked for a wait
   */
  failed(eventKeys: readonly string[], nowMs: number, waitMs: number | undefined): void {
    if (eventKeys.length > 0) this.#failedCalls += 1;
    for (const key of eventKeys)
      if (this.#failedEvents.size < SICK_EVENTS) this.#failedEvents.add(key);
    if (this.#failedCalls >= SICK_CALLS && this.#failedEvents.size >= SICK_EVENTS)
      this.#state = 'sick';
    else if (waitMs !== undefined && this.isWell && !this.admitsOthers(nowMs))
      this.#state = 'closed';
    if (!this.isWell)
      this.#nextProbeAtMs = Math.max(this.#nextProbeAtMs, nowMs + Math.max(PROBE_MS, waitMs ?? 0));
  }

  /** Whether a creation succeeded lately. */
  admitsOthers(nowMs: number): boolean {
    return this.hasSucceededSince(nowMs - RECENT_MS);
  }

  /** Whether a creation succeeded after this time, as far as this environment knows. */
  hasSucceededSince(ms: number): boolean {
    return this.#lastSuccessMs > ms;
  }
}
