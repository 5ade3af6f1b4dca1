import type { BatchReport } from './batch-report.ts';
import { type CallResult, callTarget, type Ending } from './call-target.ts';
import type { Delivery } from './delivery.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import type { FactWriter } from './fact-writer.ts';
import type { Lane } from './lane.ts';
import type { Slot } from './pacer.ts';
import { createWaiter } from './waiter.ts';

/** What a sender needs besides its lane. */
export interface Sending {
  deliveries: Delivery[];
  /** No call starts after this. */
  stopAtMs: number;
  writer: FactWriter;
  report: BatchReport;
  confirm: (ending: Ending) => void;
}

/** Starts the calls of one batch, one by one: each when a delivery is due, the circuit lets it and the pacer grants a slot. */
export class BatchSender {
  readonly #lane: Lane;
  readonly #sending: Sending;
  readonly #queue: DeliveryQueue;
  readonly #waiter;
  readonly #inFlight = new Set<Promise<void>>();
  #unfinished: number;

  constructor(lane: Lane, sending: Sending) {
    this.#lane = lane;
    this.#sending = sending;
    this.#queue = new DeliveryQueue(sending.deliveries);
    this.#waiter = createWaiter(lane.clock);
    this.#unfinished = sending.deliveries.length;
  }

  /** Resolves when every delivery has ended or time is over, and no call is under way. */
  async sendAll(): Promise<void> {
    const { clock, pacer, rate } = this.#lane;
    const { stopAtMs, writer } = this.#sending;
    while (this.#unfinished > 0 && clock.now() < stopAtMs) {
      writer.appendDue();
      const startMs = this.#nextStartMs();
      if (startMs > clock.now()) {
        await this.#waiter.waitUntil(Math.min(startMs, stopAtMs, writer.dueAtMs));
        continue;
      }
      pacer.setRate(rate.rateAt(clock.now()));
      const slot = await pacer.slot(Math.min(stopAtMs, writer.dueAtMs));
      if (slot && clock.now() < stopAtMs && this.#nextStartMs() <= clock.now()) this.#start(slot);
    }
    await Promise.all(this.#inFlight);
  }

  /** The earliest moment for the next call; `Infinity` when a call under way has to end first. */
  #nextStartMs(): number {
    const { circuit, pacer, settings } = this.#lane;
    const limit = circuit.isOpen ? 1 : settings.maxInFlight;
    if (this.#inFlight.size >= limit) return Number.POSITIVE_INFINITY;
    const probeMs = circuit.isOpen ? circuit.nextProbeAtMs : 0;
    return Math.max(this.#queue.nextDueMs, pacer.pausedUntilMs, probeMs);
  }

  #start(slot: Slot): void {
    const { circuit, clock, settings } = this.#lane;
    // While the target is sick, one event is enough to ask how it is.
    const sizes = circuit.isOpen ? { creations: 1, lookups: 1 } : settings.groups;
    const group = this.#queue.takeGroup(clock.now(), sizes);
    if (group.length === 0) return;
    this.#sending.report.calls += 1;
    const call = callTarget(group, this.#lane).then((result) => {
      slot.finished();
      this.#settle(result);
    });
    const tracked = call.finally(() => {
      this.#inFlight.delete(tracked);
      this.#waiter.wake();
    });
    this.#inFlight.add(tracked);
  }

  #settle({ deliveries, pauseMs }: CallResult): void {
    const { clock, memory, pacer, rate } = this.#lane;
    if (pauseMs !== undefined) {
      this.#sending.report.throttled += 1;
      pacer.pauseFor(pauseMs);
      rate.throttled(clock.now(), pauseMs);
    }
    for (const result of deliveries) {
      if (result.kind === 'ended') {
        this.#unfinished -= 1;
        this.#sending.confirm(result.ending);
        continue;
      }
      if (result.delivery.verify) memory.doubt(result.delivery.key);
      this.#queue.retry(result.delivery, clock.now() + result.afterMs);
    }
  }
}
