import { Waiter } from '../clock.ts';
import type { DeadLetterReason, Fact } from '../event/fact.ts';
import type { LookupVerdict, Verdict } from '../ports.ts';
import type { BatchTally } from './batch-tally.ts';
import { type Call, callTarget, isFailed, noteAttempt, noteHealth } from './call-target.ts';
import type { Delivery } from './delivery.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import { Evidence, SEVERAL_EVENTS } from './evidence.ts';
import type { FactWriter } from './fact-writer.ts';
import { deadLetteredFact, deliveredFact } from './facts.ts';
import type { Lane } from './lane.ts';
import { afterCreate, afterLookup, type NextStep, waitOf } from './next-step.ts';
import type { Slot } from './pacer.ts';
import { park } from './parking.ts';
import type { SendRecord } from './send-record.ts';

/** What a sender needs besides its lane. */
export interface SenderOptions {
  deliveries: Delivery[];
  /** No call starts after this. */
  stopAtMs: number;
  /** More events wait behind this batch: it does not wait for single ones. */
  othersWait: boolean;
  writer: FactWriter;
  /** Nothing is sent that is not announced; `count` records are at once. */
  announcements: { record: SendRecord; count: number };
  tally: BatchTally;
  /** Takes the fact that ends a delivery. */
  end: (key: string, fact: Fact) => void;
}

/** Longest time that a batch without untried events waits for a target that is not well, before it parks them: briefly for a few. */
const HOLD_MS = 30_000;
const HOLD_FEW_MS = 5000;

/** Events that were set aside come back at this share of the rate, so that bad ones among them do not look like another outage. */
const RETURN_SHARE = 0.1;

/** A refusal says something about the whole target only if nothing succeeded for this long, or for so many calls at a low rate. */
const RECENT_MS = 1000;
const RECENT_CALLS = 3;

/**
 * Sends one batch: starts calls one by one, each when a delivery is due, the target may be called and the pacer grants a start.
 * `Delivery` names the states of a delivery, `nextStep` decides between them. A batch never waits for one event: with others behind it, what
 * would have to wait is parked as soon as nothing else is left to do. When time is over, everything that was tried and has not ended is parked.
 */
export class BatchSender {
  readonly #lane: Lane;
  readonly #options: SenderOptions;
  readonly #queue: DeliveryQueue;
  readonly #waiter: Waiter;
  readonly #evidence: Evidence;
  readonly #inFlight = new Set<Promise<void>>();
  readonly #parks = new Set<Promise<void>>();
  #setAside: Delivery[] = [];
  /** Deliveries that were set aside and come back, spaced while other events wait to be sent. */
  #returning: Delivery[] = [];
  #nextReturnMs = 0;
  #holdUntilMs = Number.POSITIVE_INFINITY;

  constructor(lane: Lane, options: SenderOptions) {
    this.#lane = lane;
    this.#options = options;
    this.#queue = new DeliveryQueue(options.deliveries);
    this.#waiter = new Waiter(lane.clock);
    this.#evidence = new Evidence(lane);
  }

  /** Resolves when every delivery has ended, is parked or was never tried, and no call is under way. */
  async sendAll(): Promise<void> {
    const { clock } = this.#lane;
    while (clock.now() < this.#options.stopAtMs && !this.#isDone()) await this.#turn();
    await Promise.all(this.#inFlight);
    this.#parkTheRest();
    await Promise.all(this.#parks);
  }

  /** Starts one call, or waits for what comes next. */
  async #turn(): Promise<void> {
    const { clock, pacer, rate } = this.#lane;
    const { stopAtMs, writer } = this.#options;
    writer.appendDue();
    this.#announce();
    this.#probeAgain();
    this.#returnNext();
    const startMs = this.#nextStartMs();
    if (startMs > clock.now()) {
      await this.#waitUntil(Math.min(startMs, stopAtMs, writer.dueAtMs));
      return;
    }
    pacer.setRate(rate.rateAt(clock.now()));
    const slot = await pacer.slot(Math.min(stopAtMs, writer.dueAtMs), () => this.#callsToMake());
    if (slot && clock.now() < stopAtMs && this.#nextStartMs() <= clock.now()) this.#start(slot);
  }

  /** Waits for a moment or for news; it is held while the target is not well, or has asked for a pause. */
  async #waitUntil(untilMs: number): Promise<void> {
    const { clock, health, pacer } = this.#lane;
    const fromMs = clock.now();
    const isHeld = !health.isWell || pacer.pausedUntilMs > fromMs;
    await this.#waiter.waitUntil(untilMs);
    if (isHeld) this.#options.tally.held(clock.now() - fromMs);
  }

  /** Announces more records while half of the announced ones are left. */
  #announce(): void {
    const { record, count } = this.#options.announcements;
    this.#queue.announced = record.announced;
    if (this.#queue.freshAnnounced <= count / 2)
      record.announceMore(count, () => this.#waiter.wake());
  }

  /** The calls that this batch needs as far as is known: one while the target is not well. */
  #callsToMake(): number {
    const { health, settings } = this.#lane;
    return health.isWell ? this.#queue.callsToMake(settings.groups) : 1;
  }

  #isDone(): boolean {
    if (this.#inFlight.size > 0 || this.#queue.hasFresh) return false;
    const { clock, health } = this.#lane;
    const nowMs = clock.now();
    if (!health.isWell && this.#setAside.length > 0) return nowMs >= this.#holdUntilMs;
    if (this.#returning.length > 0) return false;
    const dueMs = this.#queue.nextDueMs;
    if (dueMs === Number.POSITIVE_INFINITY) return true;
    // A last lookup is waited for: parked before it, an event would be created again on its return, for ever.
    return this.#options.othersWait && dueMs > nowMs && !this.#queue.hasCondemned;
  }

  /** The earliest moment for the next call; `Infinity` when a call under way has to end first. */
  #nextStartMs(): number {
    const { health, pacer, settings } = this.#lane;
    const limit = health.isWell ? settings.maxInFlight : 1;
    if (this.#inFlight.size >= limit) return Number.POSITIVE_INFINITY;
    const probeMs = health.isWell ? 0 : health.nextProbeAtMs;
    const returnMs = this.#returning.length > 0 ? this.#nextReturnMs : Number.POSITIVE_INFINITY;
    const dueMs = Math.min(this.#queue.nextDueMs, returnMs);
    return Math.max(dueMs, pacer.pausedUntilMs, probeMs);
  }

  /** With no other event to probe the target with, those set aside are used again, one after the other. */
  #probeAgain(): void {
    const { clock, health } = this.#lane;
    if (health.isWell || this.#queue.nextDueMs !== Number.POSITIVE_INFINITY) return;
    if (this.#inFlight.size > 0) return;
    const next = this.#setAside.shift();
    if (next) this.#queue.retry(next, Math.max(clock.now(), next.notBeforeMs));
    if (this.#holdUntilMs < Number.POSITIVE_INFINITY) return;
    const isMany = this.#setAside.length + 1 >= SEVERAL_EVENTS;
    this.#holdUntilMs = clock.now() + (isMany ? HOLD_MS : HOLD_FEW_MS);
  }

  /** Bad events among those that come back would look like another outage if nothing else were sent between them. */
  #returnNext(): void {
    const { clock, rate } = this.#lane;
    const nowMs = clock.now();
    if (this.#queue.hasFresh && nowMs < this.#nextReturnMs) return;
    const next = this.#returning.shift();
    if (!next) return;
    this.#queue.retry(next, Math.max(nowMs, next.notBeforeMs));
    this.#nextReturnMs = this.#queue.hasFresh
      ? nowMs + 1000 / (rate.rateAt(nowMs) * RETURN_SHARE)
      : nowMs;
  }

  #start(slot: Slot): void {
    const { clock, health, limiter, settings, target } = this.#lane;
    const sizes = health.isWell ? settings.groups : { creations: 1, lookups: 1 };
    const group = this.#queue.takeGroup(clock.now(), sizes);
    if (group.length === 0) return;
    this.#options.tally.calls += 1;
    for (const { position, verify } of group)
      if (!verify) this.#options.announcements.record.send(position);
    const work = limiter
      .schedule(() => callTarget(group, target, clock))
      .then((call) => {
        slot.finished();
        this.#take(group, call);
      });
    const tracked = work.finally(() => {
      this.#inFlight.delete(tracked);
      this.#waiter.wake();
    });
    this.#inFlight.add(tracked);
  }

  #take(group: Delivery[], call: Call): void {
    const { health, rate } = this.#lane;
    this.#options.tally.called(call);
    const wasWell = health.isWell;
    const waitMs = call.verdicts.some(isFailed) ? this.#waitOf(call) : undefined;
    const recentMs = Math.max(RECENT_MS, (RECENT_CALLS * 1000) / rate.rateAt(call.endedMs));
    noteHealth(health, group, call, { waitMs, recentMs }, (delivery) =>
      this.#evidence.isProvenBad(delivery, 'rejected'),
    );
    this.#noteRate(call, waitMs, wasWell);
    if (wasWell !== health.isWell) this.#healthChanged(call);
    if (call.retryAlone && group.length > 1) {
      this.#splitUp(group, call);
      return;
    }
    for (const [index, delivery] of group.entries())
      this.#takeVerdict(delivery, call, call.verdicts[index] as Verdict | LookupVerdict, wasWell);
  }

  /** The longest wait that the call's failures ask for; `undefined` for none. */
  #waitOf({ verdicts }: Call): number | undefined {
    const waits = verdicts
      .filter(isFailed)
      .map((failure) => waitOf(failure, this.#lane.settings))
      .filter((waitMs) => waitMs > 0);
    return waits.length > 0 ? Math.max(...waits) : undefined;
  }

  #noteRate({ verdicts, endedMs }: Call, waitMs = 0, wasWell: boolean): void {
    const { health, pacer, rate } = this.#lane;
    const known = rate.learned;
    if (!verdicts.some(({ kind }) => kind === 'throttled')) rate.admitted(endedMs);
    else {
      const isUneven = pacer.refused();
      if (health.isWell && !isUneven) {
        if (rate.throttled(endedMs, waitMs, pacer.share)) pacer.pauseFor(waitMs);
      } else if (wasWell && !health.isWell) rate.windowClosed(endedMs);
    }
    if (rate.learned && rate.learned !== known) pacer.tell({ learned: rate.learned });
  }

  /** Says it once, and brings back what was set aside. */
  #healthChanged({ verdicts }: Call): void {
    const { health, log } = this.#lane;
    if (!health.isWell) {
      const cause = verdicts.find(isFailed);
      const about = { targetHealth: health.state, code: cause?.code, cause: cause?.message };
      log.warn(
        'The target is not well: one probe a second is sent, and no event is given up',
        about,
      );
      // What was condemned in the same streak may be no worse than the rest.
      this.#setAside.push(...this.#evidence.takeCondemned(), ...this.#returning);
      this.#returning = [];
      return;
    }
    log.warn('The target is well again: sending goes on', { targetHealth: health.state });
    this.#holdUntilMs = Number.POSITIVE_INFINITY;
    this.#returning.push(...this.#setAside);
    this.#setAside = [];
  }

  /** Takes what succeeded in spite of the refusal; the others go alone, looked up first if they may have been created. */
  #splitUp(group: Delivery[], call: Call): void {
    const { endedMs, verdicts } = call;
    for (const [index, delivery] of group.entries()) {
      const verdict = verdicts[index] as Verdict | LookupVerdict;
      if (!isFailed(verdict)) {
        this.#takeVerdict(delivery, call, verdict, true);
        continue;
      }
      if (verdict.kind === 'unknown') delivery.outcomeUnknown = true;
      delivery.verify = delivery.outcomeUnknown && this.#lane.target.canLookUp;
      delivery.alone = true;
      this.#queue.retry(delivery, endedMs);
    }
  }

  #takeVerdict(
    delivery: Delivery,
    call: Call,
    verdict: Verdict | LookupVerdict,
    wasWell: boolean,
  ): void {
    const { budget, health, random, settings, target } = this.#lane;
    const counted = this.#evidence.isCounted(delivery, verdict, wasWell);
    if (!call.lookup) this.#options.tally.attempted(delivery, verdict as Verdict);
    noteAttempt(delivery, call, verdict, { counted, budget });
    if (verdict.kind === 'delivered' || verdict.kind === 'duplicate')
      this.#delivered(delivery, call.startedMs);
    const context = {
      targetIsWell: health.isWell || (counted && delivery.deferral > 0),
      othersSucceed: health.hasSucceededSince(delivery.failedFirstMs),
      canLookUp: target.canLookUp,
      mayRetry: !this.#options.othersWait || budget.isLeft,
      status: call.status,
      settings,
      random,
    };
    const step = call.lookup
      ? afterLookup(verdict as LookupVerdict, delivery, context)
      : afterCreate(verdict as Verdict, delivery, context);
    this.#follow(delivery, step, call.endedMs);
  }

  /** Dead-letters the events that this success proves bad. */
  #delivered({ event }: Delivery, startedMs: number): void {
    this.#lane.budget.delivered();
    for (const { delivery, reason } of this.#evidence.takeProven(event.id, startedMs))
      this.#deadLetter(delivery, reason);
  }

  #follow(delivery: Delivery, step: NextStep, nowMs: number): void {
    if (step.do === 'retry') {
      delivery.verify = step.verify;
      delivery.condemned = step.condemned ?? delivery.condemned;
      if (step.afterMs === 0 && delivery.failedInBatch > 0) this.#queue.retryFirst(delivery);
      else this.#queue.retry(delivery, nowMs + step.afterMs);
      return;
    }
    if (step.do === 'settle' || step.do === 'condemn') this.#releaseNext(delivery, nowMs);
    switch (step.do) {
      case 'settle':
        this.#options.end(delivery.key, deliveredFact(delivery, step.verified, nowMs));
        return;
      case 'condemn':
        if (this.#evidence.isProvenBad(delivery, step.reason))
          this.#deadLetter(delivery, step.reason);
        else this.#evidence.condemn(delivery, step.reason);
        return;
      case 'park':
        this.#park(delivery, step.waitMs);
        return;
      case 'setAside':
        delivery.verify = delivery.outcomeUnknown && this.#lane.target.canLookUp;
        delivery.notBeforeMs = delivery.verify ? nowMs + step.afterMs : 0;
        this.#setAside.push(delivery);
        return;
    }
  }

  /** The next version of an event may be sent once this one is no longer being tried. */
  #releaseNext(delivery: Delivery, nowMs: number): void {
    if (delivery.next) this.#queue.retry(delivery.next, nowMs);
    delivery.next = undefined;
  }

  #deadLetter(delivery: Delivery, reason: DeadLetterReason): void {
    const { clock } = this.#lane;
    this.#options.end(delivery.key, deadLetteredFact(delivery, reason, clock.now()));
  }

  #park(delivery: Delivery, waitMs: number): void {
    const parked = park(delivery, waitMs, this.#lane, this.#lane.settings).then((result) => {
      if (result.kind === 'failed') {
        if (delivery.outcomeUnknown) this.#lane.memory.doubt(delivery.key);
        return;
      }
      this.#options.end(delivery.key, result.fact);
      this.#releaseNext(delivery, this.#lane.clock.now());
      this.#waiter.wake();
    });
    const tracked = parked.finally(() => this.#parks.delete(tracked));
    this.#parks.add(tracked);
  }

  /** Retries in the queue that were never tried are versions that wait behind another; they stay unsettled. */
  #parkTheRest(): void {
    const tried = this.#queue.takeRetries().filter(({ attempts, failedInBatch, fact }) => {
      return failedInBatch > 0 || attempts.length > (fact.attempts?.length ?? 0);
    });
    const condemned = this.#evidence.takeCondemned();
    for (const delivery of [...tried, ...this.#setAside, ...this.#returning, ...condemned])
      this.#park(delivery, 0);
  }
}
