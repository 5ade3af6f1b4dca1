import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { createKinesisClient } from '../lib/aws/kinesis-client.ts';
import { createKinesisJournal } from '../lib/aws/kinesis-journal.ts';
import { createS3Client } from '../lib/aws/s3-client.ts';
import { createS3ObjectStore } from '../lib/aws/s3-object-store.ts';
import { systemClock as clock } from '../lib/clock.ts';
import { parseConfig, recoverConfig } from '../lib/config.ts';
import { createLog } from '../lib/log.ts';
import { createMetrics } from '../lib/metrics/emf-metrics.ts';
import { isNotification, type ObjectNotification } from '../lib/recover/keys-to-recover.ts';
import { type RecoverReport, recover } from '../lib/recover/recover.ts';
import { measurementsOf } from '../lib/recover/recover-measurements.ts';
import { releasesPerRun } from '../lib/recover/release-parked.ts';

const config = parseConfig(recoverConfig, process.env);
const log = createLog('recover', { level: config.LOG_LEVEL });
const metrics = createMetrics('recover', config.METRICS_NAMESPACE);
const s3 = createS3Client({ endpoint: config.S3_ENDPOINT, attemptTimeoutMs: 5000 });
// One attempt a call: the journal has its own rounds, which send only what failed.
const kinesis = createKinesisClient({
  endpoint: config.KINESIS_ENDPOINT,
  attemptTimeoutMs: 2000,
  maxAttempts: 1,
});
const ports = {
  spill: createS3ObjectStore({ client: s3, bucket: config.SPILL_BUCKET }),
  journal: createKinesisJournal({ client: kinesis, streamName: config.STREAM_NAME, clock, log }),
  clock,
  log,
};

const mostReleases = releasesPerRun({
  share: config.STRAGGLER_SHARE,
  ratePerSecond: config.TARGET_RATE_PER_SECOND,
  scheduleMinutes: config.SCHEDULE_MINUTES,
});

/** What has been begun is finished in this time before the function's deadline. */
const RESERVE_MS = 10_000;

/** Moves events from the spill bucket into the journal: those that an S3 notification names, or, on a schedule, all that wait or are due. */
export const handler = log.of(
  middy<ObjectNotification, RecoverReport>().handler(async (event, context: Context) => {
    const untilMs = clock.now() + context.getRemainingTimeInMillis() - RESERVE_MS;
    const report = await recover(event, ports, { mostReleases, untilMs });
    if (report.left > 0)
      log.warn('Events of the spill bucket wait for the next run', { ...report });
    else log.info('recovered', { ...report });
    const run = { nowMs: clock.now(), isScheduled: !isNotification(event) };
    metrics.emit(measurementsOf(report, run));
    return report;
  }),
);
