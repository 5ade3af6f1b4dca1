import { appendFact } from '../lib/aws/kinesis-append.ts';
import { createKinesisClient } from '../lib/aws/kinesis-client.ts';
import { systemClock } from '../lib/clock.ts';
import { ingestConfig, parseConfig } from '../lib/config.ts';
import { acceptEvent } from '../lib/ingest/accept-event.ts';
import { createIngestHandler } from '../lib/ingest/create-ingest-handler.ts';
import { createLog } from '../lib/log.ts';

const config = parseConfig(ingestConfig, process.env);
const log = createLog('ingest');
const client = createKinesisClient({
  endpoint: config.KINESIS_ENDPOINT,
  attemptTimeoutMs: config.APPEND_TIMEOUT_MS,
  maxAttempts: 2,
});
const deps = {
  append: (fact: Parameters<typeof appendFact>[2]) => appendFact(client, config.STREAM_NAME, fact),
  clock: systemClock,
};

/** `POST /events`: answers 202 only when the event is durable. */
export const handler = createIngestHandler((arrival) => acceptEvent(arrival, deps), log);
