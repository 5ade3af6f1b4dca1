import { type Batch, openBatch } from './batch.ts';
import { type CallResult, callTarget, type Ending } from './call-target.ts';
import type { BatchRecord } from './delivery.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import { FactWriter } from './fact-writer.ts';
import type { Lane } from './lane.ts';
import type { Slot } from './pacer.ts';
import { createWaiter } from './waiter.ts';

export interface BatchReport {
  records: number;
  delivered: number;
  deadLettered: number;
  /** Records that had been settled by this environment before. */
  repeated: number;
  calls: number;
  throttled: number;
  /** Where Lambda has to deliver from again; absent when everything is settled. */
  lowestUnsettled: string | undefined;
}

/** What an invocation is about. */
export interface BatchInput {
  shardId: string;
  records: BatchRecord[];
}

/**
 * Delivers one batch: every event is sent at the lane's pace until it is settled, that is delivered or dead-lettered
 * *and* its fact appended. No call starts after `stopAtMs`; what is unsettled then is reported, never dropped.
 */
export async function deliverBatch(
  { shardId, records }: BatchInput,
  lane: Lane,
  stopAtMs: number,
): Promise<BatchReport> {
  const { clock, memory, settings } = lane;
  const nowMs = clock.now();
  const suspects = settings.verifyAfterCrash
    ? lane.suspicion.suspectsOf({ shardId, records }, nowMs)
    : new Set<string>();
  const batch = openBatch(records, memory, {
    brand: settings.brand,
    nowMs,
    suspects,
  });
  const report = emptyReport(records.length, batch.repeated);
  const { writer, confirm } = settler(batch, lane, report);
  for (const { key, fact } of batch.facts) confirm({ key, fact });

  await sendAll(batch, lane, stopAtMs, report, confirm);
  await writer.flush();
  lane.suspicion.ended(shardId, clock.now());
  if (writer.failed.length > 0)
    lane.log.error('The journal did not take facts; the batch is delivered again from there', {
      facts: writer.failed.length,
      eventIds: writer.failed.slice(0, 10).map((fact) => fact.eventId),
    });
  return { ...report, lowestUnsettled: batch.ledger.lowestUnsettled };
}

function emptyReport(records: number, repeated: number): BatchReport {
  return {
    records,
    delivered: 0,
    deadLettered: 0,
    repeated,
    calls: 0,
    throttled: 0,
    lowestUnsettled: undefined,
  };
}

/** Marks after, never before: an event is settled once its fact is appended. */
function settler(batch: Batch, { journal, clock, memory }: Lane, report: BatchReport) {
  const writer = new FactWriter(journal, clock);
  function confirm({ key, fact }: Ending): void {
    memory.confirm(key, fact);
    writer.write(fact, () => {
      memory.settle(key);
      batch.ledger.settle(key);
      if (fact.type === 'deadLettered') report.deadLettered += 1;
      else report.delivered += 1;
    });
  }
  return { writer, confirm };
}

/** Starts calls one by one, each when a delivery is due, the circuit lets it and the pacer grants a slot. */
async function sendAll(
  batch: Batch,
  lane: Lane,
  stopAtMs: number,
  report: BatchReport,
  confirm: (ending: Ending) => void,
): Promise<void> {
  const { clock, circuit, pacer, rate, settings } = lane;
  const queue = new DeliveryQueue(batch.deliveries);
  const waiter = createWaiter(clock);
  const inFlight = new Set<Promise<void>>();
  let unfinished = batch.deliveries.length;

  /** The earliest moment for the next call; `Infinity` when a call under way has to end first. */
  function nextStartMs(): number {
    const limit = circuit.isOpen ? 1 : settings.maxInFlight;
    if (inFlight.size >= limit) return Number.POSITIVE_INFINITY;
    const probeMs = circuit.isOpen ? circuit.nextProbeAtMs : 0;
    return Math.max(queue.nextDueMs, pacer.pausedUntilMs, probeMs);
  }

  function startCall(slot: Slot): void {
    // While the target is sick, one event is enough to ask how it is.
    const sizes = circuit.isOpen ? { creations: 1, lookups: 1 } : settings.groups;
    const group = queue.takeGroup(clock.now(), sizes);
    if (group.length === 0) return;
    report.calls += 1;
    const call = callTarget(group, lane).then((result) => {
      slot.finished();
      settle(result);
    });
    const tracked = call.finally(() => {
      inFlight.delete(tracked);
      waiter.wake();
    });
    inFlight.add(tracked);
  }

  function settle({ deliveries, pauseMs }: CallResult): void {
    if (pauseMs !== undefined) {
      report.throttled += 1;
      pacer.pauseFor(pauseMs);
      rate.throttled(clock.now(), pauseMs);
    }
    for (const result of deliveries) {
      if (result.kind === 'ended') {
        unfinished -= 1;
        confirm(result.ending);
        continue;
      }
      if (result.delivery.verify) lane.memory.doubt(result.delivery.key);
      queue.retry(result.delivery, clock.now() + result.afterMs);
    }
  }

  while (unfinished > 0 && clock.now() < stopAtMs) {
    const startMs = nextStartMs();
    if (startMs > clock.now()) {
      await waiter.waitUntil(Math.min(startMs, stopAtMs));
      continue;
    }
    pacer.setRate(rate.rateAt(clock.now()));
    const slot = await pacer.slot();
    if (clock.now() < stopAtMs && nextStartMs() <= clock.now()) startCall(slot);
  }
  await Promise.all(inFlight);
}
