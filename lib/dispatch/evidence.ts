import type { LookupVerdict, Verdict } from '../ports.ts';
import { isNotSent } from './call-target.ts';
import type { Delivery } from './delivery.ts';
import type { Lane } from './lane.ts';
import type { CondemnedReason } from './next-step.ts';

/** Distinct events that fail without a success between them may mean an outage; of exhausted events it takes more. */
export const SEVERAL_EVENTS = 5;
const MANY_EVENTS = 20;

/** A delivery whose dead letter waits for another event to succeed. */
interface Condemned {
  delivery: Delivery;
  reason: CondemnedReason;
  /** Start of its last attempt. */
  sinceMs: number;
}

/**
 * Evidence that what failed is the event and not the target: another event that succeeds. It keeps the deliveries of one batch whose
 * dead letters wait for that.
 */
export class Evidence {
  readonly #lane: Lane;
  #condemned: Condemned[] = [];

  constructor(lane: Lane) {
    this.#lane = lane;
  }

  /**
   * Whether a failure counts against its event: while the target is well, the call that made it look sick included; of a throttled call only while
   * the rate is not known to be too high; and of an event that returns from parking if another has succeeded since its last attempt.
   */
  isCounted(delivery: Delivery, verdict: Verdict | LookupVerdict, wasWell: boolean): boolean {
    const { health, rate } = this.#lane;
    if (isNotSent(verdict)) return false;
    const before = delivery.fact.attempts?.at(-1);
    const othersSucceeded = before && health.hasSucceededSince(Date.parse(before.at));
    if (othersSucceeded && delivery.failedInBatch === 0 && health.failingEvents < SEVERAL_EVENTS)
      return true;
    return verdict.kind === 'throttled' ? health.isWell && !rate.isTooHigh : wasWell;
  }

  /**
   * The event has failed before it was parked last, and another event has succeeded since: since the first parking for an
   * exhausted event, since the last attempt for a rejected one, which a target that refuses everything may have rejected. Or the operator decided
   * that rejections need no proof.
   */
  isProvenBad({ fact }: Delivery, reason: CondemnedReason): boolean {
    const { health, settings } = this.#lane;
    if (reason === 'rejected' && settings.onSystemicRejection === 'dead-letter') return true;
    // Nothing but failures of several events: that may be an outage. Exhausted events have failed for long, and may be more.
    if (health.failingEvents >= (reason === 'exhausted' ? MANY_EVENTS : SEVERAL_EVENTS))
      return false;
    const sinceAt = reason === 'exhausted' ? fact.deferredSince : fact.attempts?.at(-1)?.at;
    // A failure while the target was not well proves nothing.
    if (sinceAt === undefined || !fact.failedAttempts) return false;
    return health.hasSucceededSince(Date.parse(sinceAt));
  }

  /** Keeps a delivery until {@link takeProven} or {@link takeCondemned} takes it. */
  condemn(delivery: Delivery, reason: CondemnedReason): void {
    const sinceMs = Date.parse(delivery.attempts.at(-1)?.at ?? '') || Number.NEGATIVE_INFINITY;
    this.#condemned.push({ delivery, reason, sinceMs });
  }

  /** Takes those that are proven bad by another event's creation, which started at `startedMs` and succeeded. */
  takeProven(succeededId: string, startedMs: number): Condemned[] {
    if (this.#condemned.length === 0) return [];
    const isProven = ({ delivery, sinceMs }: Condemned) =>
      delivery.event.id !== succeededId && startedMs > sinceMs;
    const proven = this.#condemned.filter(isProven);
    this.#condemned = this.#condemned.filter((each) => !isProven(each));
    return proven;
  }

  /** Takes all of them: what was condemned in a streak of failures may be no worse than the rest. */
  takeCondemned(): Delivery[] {
    const deliveries = this.#condemned.map(({ delivery }) => delivery);
    this.#condemned = [];
    return deliveries;
  }
}
