import { createAppendToJournal } from '../lib/aws/kinesis-append.ts';
import { createKinesisClient } from '../lib/aws/kinesis-client.ts';
import { createS3Client } from '../lib/aws/s3-client.ts';
import { createS3SpillStore } from '../lib/aws/s3-spill-store.ts';
import { systemClock as clock } from '../lib/clock.ts';
import { ingestConfig, parseConfig } from '../lib/config.ts';
import { acceptEvent } from '../lib/ingest/accept-event.ts';
import { createIngestHandler } from '../lib/ingest/create-ingest-handler.ts';
import { createMakeDurable } from '../lib/ingest/make-durable.ts';
import { createLog } from '../lib/log.ts';
import { createMetrics } from '../lib/metrics/emf-metrics.ts';

const config = parseConfig(ingestConfig, process.env);
const log = createLog('ingest', { level: config.LOG_LEVEL });
// One attempt a call, bounded by the signal that comes with it: `createMakeDurable` decides what follows.
const once = { maxAttempts: 1, attemptTimeoutMs: config.BUDGET_MS };
const kinesis = createKinesisClient({ endpoint: config.KINESIS_ENDPOINT, ...once });
const s3 = createS3Client({ endpoint: config.S3_ENDPOINT, ...once });
const makeDurable = createMakeDurable(
  {
    append: createAppendToJournal(kinesis, config.STREAM_NAME),
    spill: createS3SpillStore(s3, config.SPILL_BUCKET),
    clock,
    random: Math.random,
    log,
  },
  {
    appendTimeoutMs: config.APPEND_TIMEOUT_MS,
    spillAfterMs: config.SPILL_AFTER_MS,
    budgetMs: config.BUDGET_MS,
  },
);

/** `POST /events`: answers 202 only when the event is durable. */
export const handler = log.of(
  createIngestHandler((arrival) => acceptEvent(arrival, { makeDurable, clock }), {
    clock,
    log,
    metrics: createMetrics('ingest', config.METRICS_NAMESPACE),
  }),
);
