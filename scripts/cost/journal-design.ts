import type { PipelineSettings } from '../../lib/settings.ts';
import { athenaLines, deliveriesOf, storageLines } from './archive-storage.ts';
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
import { deliveryLines, streamLines } from './journal-stream.ts';
import { type BillLine, billLine } from './prices.ts';
import { isProjected, type Options, shardsFor, type Traffic } from './workload.ts';

/** How often each function runs in a month, and for how long in all. */
interface Running {
  invocations: number;
  seconds: number;
}

/**
 * Dispatch is billed while it paces: a lane's share of the rate, event after event. Lambda asks a shard once a second, so that
 * a lane starts at most one batch a second while it keeps up, and full batches otherwise: both are counted, which is the most
 * that it can be.
 */
function dispatchRunning(traffic: Traffic, settings: PipelineSettings, shards: number): Running {
  const lanes = shards * settings.dispatch_parallelization_factor;
  const laneSeconds = lanes * SECONDS_PER_MONTH;
  const invocations = Math.min(
    traffic.delivered,
    laneSeconds + traffic.delivered / settings.dispatch_batch_size,
  );
  const paced = (traffic.delivered * lanes) / traffic.ratePerSecond;
  const overhead = (invocations * assumed('dispatchOverheadMs')) / 1000;
  return { invocations, seconds: Math.min(laneSeconds, paced + overhead) };
}

function recoverRunning({ events }: Traffic, settings: PipelineSettings): Running {
  const scheduled = SECONDS_PER_MONTH / 60 / settings.recover_schedule_minutes;
  const invocations = scheduled + events * assumed('spilledShare');
  return { invocations, seconds: (invocations * assumed('recoverMs')) / 1000 };
}

function projectRunning(traffic: Traffic, settings: PipelineSettings, shards: number): Running {
  const lanes = shards * settings.project_parallelization_factor;
  const perLane = SECONDS_PER_MONTH / Math.max(1, settings.project_batching_window_seconds);
  const invocations = Math.min(
    traffic.facts,
    lanes * perLane + traffic.facts / settings.project_batch_size,
  );
  return { invocations, seconds: (invocations * assumed('projectMs')) / 1000 };
}

interface Runs {
  dispatch: Running;
  recover: Running;
  project: Running | null;
}

function runsOf(
  traffic: Traffic,
  settings: PipelineSettings,
  options: Options,
  shards: number,
): Runs {
  return {
    dispatch: dispatchRunning(traffic, settings, shards),
    recover: recoverRunning(traffic, settings),
    project: isProjected(options) ? projectRunning(traffic, settings, shards) : null,
  };
}

function consumerLines({ dispatch, recover, project }: Runs, settings: PipelineSettings) {
  return [
    ...functionLines('dispatch', { memoryMb: settings.dispatch_memory_mb, ...dispatch }),
    ...functionLines('recover', { memoryMb: settings.recover_memory_mb, ...recover }),
    ...(project
      ? functionLines('project', { memoryMb: settings.project_memory_mb, ...project })
      : []),
  ];
}

/**
 * Dispatch books start times by updating an item below 1 KB: four times a second for all lanes together, and once for each batch. It notes what it sends for each second of
 * the rate, all lanes together, and at the start and the end of a batch. DynamoDB charges such a write for the shard's whole item: 8 bytes for each record of the running
 * batches and of those that ended in the last 25 s. The table costs nothing while nothing is sent.
 */
function bookingLines(traffic: Traffic, settings: PipelineSettings, runs: Runs, shards: number) {
  const { invocations, seconds } = runs.dispatch;
  const lanes = shards * settings.dispatch_parallelization_factor;
  const bookings = (seconds * assumed('bookingsPerSecond')) / lanes + invocations;
  const kept = (count: number) => (count * NOTE_KEPT_SECONDS) / SECONDS_PER_MONTH / shards;
  const recordsPerBatch = invocations > 0 ? traffic.delivered / invocations : 0;
  const running = settings.dispatch_parallelization_factor;
  const notesKept = running + kept(invocations);
  const records = running * recordsPerBatch + kept(traffic.delivered);
  const writesPerNote = Math.ceil((NOTE_BYTES * notesKept + 8 * records) / 1024);
  const notes = (seconds / lanes + 2 * invocations) * writesPerNote;
  return [billLine('DynamoDB', 'start times and notes', 'dynamoWriteUnit', bookings + notes)];
}

/** Bytes of a note without its hashes: its name, its time and its place, and what DynamoDB counts for maps. */
const NOTE_BYTES = 70;

/** `DONE_KEPT_MS` of `lib/dispatch/send-record.ts`. */
const NOTE_KEPT_SECONDS = 25;

/** Access logs, what Lambda writes of each invocation, and what the consumers write of each batch. */
function watchLines(traffic: Traffic, settings: PipelineSettings, runs: Runs): BillLine[] {
  const batches = [runs.dispatch, runs.recover, runs.project].map((run) => run?.invocations ?? 0);
  const calls = [traffic.events, authorizeInvocations(traffic, settings), ...batches];
  const total = (counts: number[]) => counts.reduce((sum, count) => sum + count, 0);
  const bytes =
    traffic.events * assumed('accessLogBytes') +
    total(calls) * assumed('functionLogBytes') +
    total(batches) * assumed('batchLogBytes') +
    runs.dispatch.invocations * assumed('metricLineBytes') +
    traffic.delivered * assumed('metricValueBytes');
  const consumers = runs.project ? 2 : 1;
  const functions = 5 + consumers; // authorize, ingest, health, status, recover, and the consumers
  const alarms =
    DEPLOYED.alarmsOfTheSystem +
    functions * DEPLOYED.alarmsPerFunction +
    consumers * DEPLOYED.alarmsPerConsumer;
  const metrics = DEPLOYED.metricsOfTheSystem + consumers * DEPLOYED.metricsPerConsumer;
  return [
    ...logLines(bytes, DEPLOYED.logRetentionDays),
    billLine('CloudWatch', 'metrics', 'metricMonth', metrics),
    billLine('CloudWatch', 'alarms', 'alarmMonth', alarms),
    billLine('CloudWatch', 'dashboard', 'dashboardMonth', 1),
  ];
}

const KEY_SECONDS = 300;

/**
 * Kinesis asks KMS every five minutes, for each shard and for each role that writes or reads; DynamoDB as often for each lane that
 * books.
 */
function keyLines(
  traffic: Traffic,
  settings: PipelineSettings,
  shards: number,
  runs: Runs,
): BillLine[] {
  const roles = runs.project ? 5 : 4; // ingest, recover, dispatch, Firehose, project
  const forStream = (roles * shards * SECONDS_PER_MONTH) / KEY_SECONDS;
  const lanes = shards * settings.dispatch_parallelization_factor;
  const forTable = (lanes * SECONDS_PER_MONTH) / KEY_SECONDS;
  const objects = deliveriesOf(traffic, settings).reduce((sum, one) => sum + one.objects, 0);
  const secretReads = Math.min(
    authorizeInvocations(traffic, settings),
    (assumed('apiKeys') * SECONDS_PER_MONTH) / settings.authorize_keys_ttl_seconds,
  );
  const calls = forStream + forTable + objects * assumed('bucketKeyShare') + secretReads;
  return [
    billLine('KMS', 'key', 'kmsKeyMonth', 1),
    billLine('KMS', 'requests', 'kmsRequest', calls),
    billLine('Secrets Manager', 'secret', 'secretMonth', 1),
    billLine('Secrets Manager', 'requests', 'secretRequest', secretReads),
  ];
}

/** An item of one write unit for each fact, if all are kept; of an event without problems there is none otherwise. */
function statusLines(
  { facts }: Traffic,
  { status_table_days: days }: PipelineSettings,
  { statusTable }: Options,
): BillLine[] {
  if (statusTable !== 'all') return [];
  const months = Math.min(days / 30, assumed('monthsKept'));
  const gb = (facts * assumed('statusItemBytes')) / GB;
  return [
    billLine('DynamoDB', 'status, writes', 'dynamoWriteUnit', facts),
    billLine('DynamoDB', 'status, storage', 'dynamoGbMonth', gb * months),
    billLine('DynamoDB', 'status, point-in-time recovery', 'dynamoBackupGbMonth', gb * months),
  ];
}

/** A row for each fact; those of one request are rounded up to 1 KB together. */
function timestreamLines(
  { facts }: Traffic,
  { project }: Runs,
  { timestream }: Options,
): BillLine[] {
  if (!project || !timestream) return [];
  const bytes = facts * assumed('statusRowBytes');
  const memoryGbHours = (bytes / GB) * DEPLOYED.statusMemoryHours;
  return [
    billLine('Timestream', 'writes', 'timestreamWrite', Math.max(bytes / KB, project.invocations)),
    billLine('Timestream', 'memory store', 'timestreamMemoryGbHour', memoryGbHours),
    billLine(
      'Timestream',
      'magnetic store',
      'timestreamMagneticGbMonth',
      (bytes / GB) * assumed('monthsKept'),
    ),
  ];
}

/** This system's bill of a month, in the order an event takes. */
export function journalBill(
  traffic: Traffic,
  settings: PipelineSettings,
  options: Options,
): BillLine[] {
  const shards = shardsFor(traffic, settings, options);
  const runs = runsOf(traffic, settings, options, shards);
  return [
    ...apiLines(traffic),
    ...authorizeLines(traffic, settings),
    ...ingestLines(traffic, settings),
    ...consumerLines(runs, settings),
    ...bookingLines(traffic, settings, runs, shards),
    ...streamLines(traffic, settings, options),
    ...deliveryLines(traffic),
    ...storageLines(traffic, settings),
    ...athenaLines(traffic),
    ...statusLines(traffic, settings, options),
    ...timestreamLines(traffic, runs, options),
    ...keyLines(traffic, settings, shards, runs),
    ...watchLines(traffic, settings, runs),
    ...transferLines(traffic),
  ];
}
