import type { PipelineSettings } from '../../lib/settings.ts';
import { assumed, DEPLOYED, GB, KB, SECONDS_PER_MONTH } from './assumptions.ts';
import {
  apiLines,
  authorizeInvocations,
  authorizeLines,
  functionLines,
  ingestLines,
  logLines,
  transferLines,
} from './front.ts';
import { type BillLine, billLine } from './prices.ts';
import type { Traffic } from './workload.ts';

/** Messages that Lambda takes from SQS, and a Pipe sends to it, in one request by default. */
export const MESSAGES_PER_BATCH = 10;
const CHUNK_KB = 64;
const POLLERS = 5;
const LONG_POLL_SECONDS = 20;

const itemUnits = (bytes: number, unitKb: number) => Math.ceil(bytes / (unitKb * KB));

/** Sends, receives and deletes in batches of ten, and what Lambda's five pollers ask while nothing is there. */
function queueRequests({ events, delivered, eventBytes }: Traffic): number {
  const chunks = itemUnits(eventBytes * MESSAGES_PER_BATCH, CHUNK_KB);
  const perBatch = (events * chunks + delivered * (chunks + 1)) / MESSAGES_PER_BATCH;
  return perBatch + (POLLERS * SECONDS_PER_MONTH) / LONG_POLL_SECONDS;
}

/**
 * API Gateway, a function that writes each event to a DynamoDB table (on demand), the table's stream, an EventBridge Pipe, a
 * queue and a consumer that sends ten events at a time. The same front, sizes and logs as this system; no archive besides the
 * table, no pacing, no traces, no key of its own.
 */
export function tableBill(traffic: Traffic, settings: PipelineSettings): BillLine[] {
  const { events, delivered, eventBytes } = traffic;
  const batches = delivered / MESSAGES_PER_BATCH;
  const calls = events + authorizeInvocations(traffic, settings) + batches;
  const logBytes = events * assumed('accessLogBytes') + calls * assumed('functionLogBytes');
  const storedGb = (events * eventBytes * assumed('monthsKept')) / GB;
  return [
    ...apiLines(traffic),
    ...authorizeLines(traffic, settings),
    ...ingestLines(traffic, settings),
    ...functionLines('consumer', {
      memoryMb: settings.dispatch_memory_mb,
      invocations: batches,
      seconds: (batches * assumed('targetMs')) / 1000,
    }),
    billLine('DynamoDB', 'writes', 'dynamoWriteUnit', events * itemUnits(eventBytes, 1)),
    billLine('DynamoDB', 'storage', 'dynamoGbMonth', storedGb),
    billLine('EventBridge', 'Pipe', 'pipeRequest', events * itemUnits(eventBytes, CHUNK_KB)),
    billLine('SQS', 'requests', 'sqsRequest', queueRequests(traffic)),
    ...logLines(logBytes, DEPLOYED.logRetentionDays),
    ...transferLines(traffic),
  ];
}
