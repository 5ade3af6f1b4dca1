import type { DeadLetterReason, DeliveredFact, Fact } from '../event/fact.ts';
import { countsBy, type Measurement } from '../metrics/measurement.ts';
import type { Verdict } from '../ports.ts';
import type { Call } from './call-target.ts';
import type { Delivery } from './delivery.ts';
import type { HealthState } from './target-health.ts';

/** Counts what happens in a batch, for its report and its metrics. */
export class BatchTally {
  calls = 0;
  /** Calls that the target refused as too many. */
  throttled = 0;
  delivered = 0;
  deferred = 0;
  #lookups = 0;
  #conflicts = 0;
  #heldMs = 0;
  readonly #deadLetters = new Map<DeadLetterReason, number>();
  readonly #attempts = new Map<Verdict['kind'], number>();
  readonly #callMs: number[] = [];
  readonly #queueMs: number[] = [];
  readonly #deliveryMs: number[] = [];

  get deadLettered(): number {
    return [...this.#deadLetters.values()].reduce((sum, count) => sum + count, 0);
  }

  /** A call for some events has ended. */
  called({ lookup, verdicts, startedMs, endedMs }: Call): void {
    this.#callMs.push(endedMs - startedMs);
    if (verdicts.some(({ kind }) => kind === 'throttled')) this.throttled += 1;
    if (lookup) this.#lookups += verdicts.length;
  }

  /** The creation of an event was tried; its attempt is not noted yet. */
  attempted({ attempts, fact, outcomeUnknown }: Delivery, { kind }: Verdict): void {
    count(this.#attempts, kind);
    const mayExist = attempts.length > 0 || outcomeUnknown || fact.replay !== undefined;
    if (kind === 'duplicate' && !mayExist) this.#conflicts += 1;
  }

  /** Nothing was sent for this long, because the target is not well or had asked for a pause. */
  held(ms: number): void {
    this.#heldMs += ms;
  }

  /** The journal took the fact that ends a delivery. */
  ended(fact: Fact): void {
    if (fact.type === 'deferred') this.deferred += 1;
    if (fact.type === 'deadLettered') count(this.#deadLetters, fact.reason);
    if (fact.type !== 'delivered') return;
    this.delivered += 1;
    this.#noteTimes(fact);
  }

  #noteTimes({ at, attempts: [first], queuedMs, replay }: DeliveredFact): void {
    if (first === undefined || replay) return;
    this.#queueMs.push(queuedMs);
    // From the receipt to the first attempt, and from there to the end.
    this.#deliveryMs.push(queuedMs + Math.max(0, Date.parse(at) - Date.parse(first.at)));
  }

  /** The metrics of the batch. */
  measurements(of: {
    bookedStarts: number;
    ratePerSecond: number;
    targetHealth: HealthState;
  }): Measurement[] {
    return [
      { metric: 'Calls', value: this.calls },
      { metric: 'Booked', value: of.bookedStarts },
      { metric: 'RateAllowed', value: of.ratePerSecond },
      { metric: 'Throttled', value: this.throttled },
      { metric: 'TargetNotWell', value: of.targetHealth === 'well' ? 0 : 1 },
      { metric: 'HoldTime', value: this.#heldMs },
      { metric: 'Lookups', value: this.#lookups },
      { metric: 'Conflicts', value: this.#conflicts },
      { metric: 'Delivered', value: this.delivered },
      { metric: 'Deferred', value: this.deferred },
      { metric: 'DeadLetters', value: this.deadLettered },
      { metric: 'QueueTime', value: this.#queueMs },
      { metric: 'CallTime', value: this.#callMs },
      { metric: 'DeliveryTime', value: this.#deliveryMs },
      ...countsBy('Attempts', this.#attempts),
      ...countsBy('DeadLetters', this.#deadLetters),
    ];
  }
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
