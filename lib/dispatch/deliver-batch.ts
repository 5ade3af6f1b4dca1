import type { BatchInput } from '../kinesis-batch.ts';
import { type Batch, openBatch } from './batch.ts';
import { type BatchReport, emptyReport } from './batch-report.ts';
import { BatchSender } from './batch-sender.ts';
import type { Ending } from './call-target.ts';
import { FactWriter } from './fact-writer.ts';
import type { Lane } from './lane.ts';

/** The ends of an invocation's time, in milliseconds since the epoch. */
export interface TimeBudget {
  /** No call starts after this. */
  stopAtMs: number;
  /** No append is tried after this. */
  appendUntilMs: number;
}

/**
 * Delivers one batch: every event is sent at the lane's pace until it is settled, that is delivered or dead-lettered
 * *and* its fact appended. What is unsettled when time is over is reported, never dropped.
 */
export async function deliverBatch(
  input: BatchInput,
  lane: Lane,
  { stopAtMs, appendUntilMs }: TimeBudget,
): Promise<BatchReport> {
  const { clock, memory, settings, journal, log } = lane;
  const nowMs = clock.now();
  const suspects = settings.verifyAfterCrash
    ? lane.suspicion.suspectsOf(input, nowMs)
    : new Set<string>();
  const batch = openBatch(input.records, memory, { brand: settings.brand, nowMs, suspects });
  const report = emptyReport(input.records.length, batch.repeated);
  const writer = new FactWriter(journal, clock, appendUntilMs);
  const confirm = settler(batch, lane, writer, report);
  for (const { key, fact } of batch.facts) confirm({ key, fact });

  const sender = new BatchSender(lane, {
    deliveries: batch.deliveries,
    stopAtMs,
    writer,
    report,
    confirm,
  });
  await sender.sendAll();
  await writer.flush();
  lane.suspicion.ended(input.shardId, clock.now());
  if (writer.failed.length > 0)
    log.error('The journal did not take facts; the batch is delivered again from there', {
      facts: writer.failed.length,
      eventIds: writer.failed.slice(0, 10).map((fact) => fact.eventId),
    });
  return { ...report, lowestUnsettled: batch.ledger.lowestUnsettled };
}

/** Marks after, never before: an event is settled once its fact is appended. */
function settler(
  batch: Batch,
  { memory }: Lane,
  writer: FactWriter,
  report: BatchReport,
): (ending: Ending) => void {
  return ({ key, fact }) => {
    memory.confirm(key, fact);
    writer.write(fact, () => {
      memory.settle(key);
      batch.ledger.settle(key);
      if (fact.type === 'deadLettered') report.deadLettered += 1;
      else report.delivered += 1;
    });
  };
}
