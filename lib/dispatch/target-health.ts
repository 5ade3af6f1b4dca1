/**
 * Health of the target, judged by what its answers have in common and not by what any single one says.
 *
 * States:
 * - `well`: a failure counts against its event.
 * - `closed`: the target refuses calls and names a wait, or throttles, and no creation succeeded lately: a quota is used up.
 * - `sick`: the last {@link SICK_CALLS} calls failed, of at least {@link SICK_EVENTS} events, with no success between them; or a call
 *   could not be sent for want of a credential.
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

/** Distinct failing events are remembered up to this number. */
const MANY_EVENTS = 20;

/** Distance of probes: a target that is down gets at most one call a second. */
const PROBE_MS = 1000;

export class TargetHealth {
  #state: HealthState = 'well';
  #failedCalls = 0;
  readonly #failedEvents = new Set<string>();
  /** Every event that failed since the last success, those that returned from parking included. */
  readonly #failingIds = new Set<string>();
  #lastSuccessMs = Number.NEGATIVE_INFINITY;
  #lastSuccessStartedMs = Number.NEGATIVE_INFINITY;
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

  /** A creation succeeded, in a call that started at `startedMs`. */
  succeeded(startedMs: number, nowMs: number): void {
    this.#state = 'well';
    this.#failedCalls = 0;
    this.#failedEvents.clear();
    this.#failingIds.clear();
    this.#lastSuccessMs = nowMs;
    this.#lastSuccessStartedMs = Math.max(this.#lastSuccessStartedMs, startedMs);
  }

  /** A lookup was answered: the target admits calls again. That it reads says nothing about its health. */
  lookedUp(): void {
    if (this.#state === 'closed') this.#state = 'well';
  }

  /**
   * A call failed.
   *
   * @param of.keys the deliveries concerned, without those that are known to fail for their own reasons
   * @param of.ids the ids of all events concerned
   * @param waitMs the target throttled it, or asked for a wait
   * @param recentMs a refusal says something about the whole target only if nothing succeeded for this long
   */
  failed(
    of: { keys: readonly string[]; ids: readonly string[] },
    nowMs: number,
    waitMs: number | undefined,
    recentMs: number,
  ): void {
    for (const id of of.ids) if (this.#failingIds.size < MANY_EVENTS) this.#failingIds.add(id);
    if (of.keys.length > 0) this.#failedCalls += 1;
    for (const key of of.keys)
      if (this.#failedEvents.size < SICK_EVENTS) this.#failedEvents.add(key);
    const isRefused = waitMs !== undefined && nowMs - this.#lastSuccessMs > recentMs;
    if (this.#failedCalls >= SICK_CALLS && this.#failedEvents.size >= SICK_EVENTS)
      this.#state = 'sick';
    else if (isRefused && this.isWell) this.#state = 'closed';
    this.#delayProbe(nowMs + Math.max(PROBE_MS, waitMs ?? 0));
  }

  /** A call failed for a reason that is neither the target's nor the event's: a kept connection was lost. */
  nothingLearnt(nowMs: number): void {
    this.#delayProbe(nowMs + PROBE_MS);
  }

  /** A call was not sent for want of a credential: without a call there is nothing to judge events by. */
  cannotBeCalled(nowMs: number): void {
    this.#state = 'sick';
    this.#nextProbeAtMs = nowMs + PROBE_MS;
  }

  /** Whether a creation that started after this succeeded, as far as this environment knows. */
  hasSucceededSince(ms: number): boolean {
    return this.#lastSuccessStartedMs > ms;
  }

  /** Number of distinct events that failed since the last success, at most {@link MANY_EVENTS}. */
  get failingEvents(): number {
    return this.#failingIds.size;
  }

  #delayProbe(untilMs: number): void {
    if (!this.isWell) this.#nextProbeAtMs = Math.max(this.#nextProbeAtMs, untilMs);
  }
}
