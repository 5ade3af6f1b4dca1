import type { DeadLetterReason, Fact } from '../event/fact.ts';
import type { BatchInput, BatchRecord } from '../kinesis-batch.ts';
import { type Batch, openBatch } from './batch.ts';
import { BatchSender } from './batch-sender.ts';
import { FactWriter } from './fact-writer.ts';
import type { Lane } from './lane.ts';
import { SendRecord } from './send-record.ts';
import type { HealthState } from './target-health.ts';

/** The ends of an invocation's time, in milliseconds since the epoch. */
export interface TimeBudget {
  /** No call starts after this. */
  stopAtMs: number;
  /** No append is tried after this. */
  appendUntilMs: number;
}

/** Time kept free at the end of an invocation for parking what has not ended and appending the last facts, in milliseconds. */
export const END_RESERVE_MS = 7000;

/** Longest time of the last append, in milliseconds. */
const LAST_APPEND_MS = 2500;

/** The last call must have time to time out, and its outcome to be stored, before the function's deadline. Pure. */
export function timeBudget(
  nowMs: number,
  remainingMs: number,
  targetTimeoutMs: number,
): TimeBudget {
  const deadlineMs = nowMs + remainingMs;
  return {
    stopAtMs: deadlineMs - targetTimeoutMs - END_RESERVE_MS,
    appendUntilMs: deadlineMs - LAST_APPEND_MS,
  };
}

/** Result of an invocation; logged for each batch. */
export interface BatchReport {
  records: number;
  delivered: number;
  deadLettered: number;
  /** Dead letters by reason; absent without any. */
  deadLetteredByReason?: Partial<Record<DeadLetterReason, number>>;
  /** Events to be tried again in a later batch. */
  deferred: number;
  /** Records that had been settled before. */
  repeated: number;
  calls: number;
  throttled: number;
  /** Health of the target when the batch ended. */
  targetHealth: HealthState;
  /** The record from which Lambda has to deliver again; absent when everything is settled. */
  lowestUnsettled: string | undefined;
}

/** Records that were older than this when their batch began have others behind them. */
const QUEUED_MS = 5000;

/** Beyond this lag, parked events stay where they are. */
const BEHIND_MS = 60_000;

/**
 * Delivers one batch: every event is sent at the lane's pace until it is settled, that is delivered, dead-lettered or parked *and* its
 * fact appended. What was never tried when time is over is reported, never dropped.
 */
export async function deliverBatch(
  input: BatchInput,
  lane: Lane,
  { stopAtMs, appendUntilMs }: TimeBudget,
): Promise<BatchReport> {
  const { clock, journal, log, memory, settings } = lane;
  const nowMs = clock.now();
  const record = new SendRecord(lane, input);
  lane.pacer.begin(stopAtMs, input.records.length);
  lane.rate.begin(nowMs);
  const announcedAtOnce = Math.ceil(lane.rate.rateAt(nowMs));
  const sent = await record.begin(announcedAtOnce);
  const { canLookUp } = lane.target;
  const batch = openBatch(input.records, memory, { nowMs, sent, canLookUp });
  record.settle(batch.repeated);
  const ended: Ended = { delivered: 0, deadLettered: 0, deferred: 0 };
  const writer = new FactWriter(journal, clock, appendUntilMs);
  const end = settler(batch, lane, writer, ended, record);
  for (const { key, fact } of batch.facts) end(key, fact);

  const { deliveries } = batch;
  const othersWait = haveOthersBehind(input.records, settings.batchSize, nowMs);
  const announcements = { record, count: announcedAtOnce };
  const sender = new BatchSender(lane, {
    ...{ deliveries, stopAtMs, othersWait, writer, end, announcements },
  });
  const noted = noteLag(input, lane, nowMs);
  await sender.sendAll();
  await writer.flush();
  await Promise.all([lane.pacer.end(), record.end()]);
  await noted;
  if (writer.failed.length > 0)
    log.error('The journal did not take facts; the batch is delivered again from there', {
      facts: writer.failed.length,
      eventIds: writer.failed.slice(0, 10).map((fact) => fact.eventId),
    });
  const { lowestUnsettled } = batch.ledger;
  const { length: records } = input.records;
  return {
    records,
    ...ended,
    repeated: batch.repeated.length,
    ...sender.counts,
    targetHealth: lane.health.state,
    lowestUnsettled,
  };
}

type Ended = Pick<BatchReport, 'delivered' | 'deadLettered' | 'deadLetteredByReason' | 'deferred'>;

/** Marks after, never before: an event is settled once its fact is appended. */
function settler(
  { ledger }: Batch,
  { memory }: Lane,
  writer: FactWriter,
  ended: Ended,
  record: SendRecord,
): (key: string, fact: Fact) => void {
  return (key, fact) => {
    memory.confirm(key, fact);
    writer.write(fact, () => {
      const numbers = ledger.settle(key);
      const isDelivered = fact.type === 'delivered';
      memory.settle(key, { through: numbers.at(-1) ?? '0', isDelivered });
      record.settle(numbers);
      if (fact.type !== 'received' && fact.type !== 'dismissed') ended[fact.type] += 1;
      if (fact.type === 'deadLettered') {
        ended.deadLetteredByReason ??= {};
        const { [fact.reason]: count = 0 } = ended.deadLetteredByReason;
        ended.deadLetteredByReason[fact.reason] = count + 1;
      }
    });
  };
}

function haveOthersBehind(records: BatchRecord[], batchSize: number, nowMs: number): boolean {
  const newestMs = records.at(-1)?.arrivedAtMs ?? nowMs;
  return records.length >= batchSize || nowMs - newestMs > QUEUED_MS;
}

async function noteLag({ records, shardId }: BatchInput, { parking }: Lane, nowMs: number) {
  const oldestMs = records[0]?.arrivedAtMs ?? nowMs;
  if (nowMs - oldestMs > BEHIND_MS) await parking.noteBehind(shardId);
}
