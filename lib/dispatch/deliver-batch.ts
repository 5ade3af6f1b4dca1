import type { Fact } from '../event/fact.ts';
import type { BatchInput, BatchRecord } from '../kinesis-batch.ts';
import type { Measurement } from '../metrics/measurement.ts';
import { type Batch, openBatch } from './batch.ts';
import { BatchSender } from './batch-sender.ts';
import { BatchTally } from './batch-tally.ts';
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

/** Result of an invocation; logged for each batch, but for its measurements, which become metrics. */
export interface BatchReport {
  records: number;
  delivered: number;
  deadLettered: number;
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
  measurements: Measurement[];
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
  const tally = new BatchTally();
  const writer = new FactWriter(journal, clock, appendUntilMs);
  const end = settler(batch, lane, writer, tally, record);
  for (const { key, fact } of batch.facts) end(key, fact);

  const { deliveries } = batch;
  const othersWait = haveOthersBehind(input.records, settings.batchSize, nowMs);
  const announcements = { record, count: announcedAtOnce };
  const sender = new BatchSender(lane, {
    ...{ deliveries, stopAtMs, othersWait, writer, end, announcements, tally },
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
  return reportOf(input, batch, lane, tally);
}

function reportOf(
  { records }: BatchInput,
  { repeated, ledger }: Batch,
  { clock, health, pacer, rate }: Lane,
  tally: BatchTally,
): BatchReport {
  const { delivered, deadLettered, deferred, calls, throttled } = tally;
  const { bookedStarts } = pacer;
  const [targetHealth, ratePerSecond] = [health.state, rate.rateAt(clock.now())];
  return {
    ...{ records: records.length, delivered, deadLettered, deferred },
    ...{ repeated: repeated.length, calls, throttled, targetHealth },
    lowestUnsettled: ledger.lowestUnsettled,
    measurements: tally.measurements({ bookedStarts, ratePerSecond, targetHealth }),
  };
}

/** Marks after, never before: an event is settled once its fact is appended. */
function settler(
  { ledger }: Batch,
  { memory }: Lane,
  writer: FactWriter,
  tally: BatchTally,
  record: SendRecord,
): (key: string, fact: Fact) => void {
  return (key, fact) => {
    memory.confirm(key, fact);
    writer.write(fact, () => {
      const numbers = ledger.settle(key);
      const isDelivered = fact.type === 'delivered';
      memory.settle(key, { through: numbers.at(-1) ?? '0', isDelivered });
      record.settle(numbers);
      tally.ended(fact);
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
