import { CUSTOM_METRICS } from '../../lib/metrics/vocabulary.ts';

export const HOURS_PER_MONTH = 720;
export const SECONDS_PER_DAY = 86_400;
export const SECONDS_PER_MONTH = 30 * SECONDS_PER_DAY;
export const KB = 1024;
export const MB = 1024 ** 2;
export const GB = 1024 ** 3;

interface Assumption {
  value: number;
  meaning: string;
}

/** What neither the settings nor a price list says. docs/cost.md prints them; change one and the figures follow. */
export const ASSUMPTIONS = {
  peakOverMean: {
    value: 2,
    meaning: 'busiest second over the mean one: capacity is bought for it',
  },
  receivedOverheadBytes: { value: 216, meaning: 'bytes of a `received` fact besides the event' },
  deliveredFactBytes: { value: 280, meaning: 'bytes of a `delivered` fact with one attempt' },
  ingestMs: { value: 20, meaning: 'billed time of ingest for an event, in ms' },
  authorizeMs: { value: 15, meaning: 'billed time of authorize, in ms' },
  dispatchOverheadMs: {
    value: 150,
    meaning: 'billed time of dispatch for a batch besides pacing, in ms',
  },
  bookingsPerSecond: {
    value: 4,
    meaning:
      'bookings of start times a second, all lanes together, while dispatch runs; one more for each batch',
  },
  recoverMs: { value: 200, meaning: 'billed time of recover, in ms' },
  projectMs: { value: 100, meaning: 'billed time of project for a batch, in ms' },
  targetMs: { value: 100, meaning: 'one call to the target, in ms' },
  apiKeys: { value: 3, meaning: 'API keys in use all the time' },
  spilledShare: { value: 0.0001, meaning: 'share of events that spill' },
  compressedShare: {
    value: 0.25,
    meaning: 'size of archived facts over their JSON, gzip or Parquet',
  },
  monthsKept: { value: 12, meaning: 'months of events that are stored already' },
  requestOverheadBytes: {
    value: 900,
    meaning: 'headers and GraphQL of a call to the target, in bytes',
  },
  responseBytes: { value: 600, meaning: 'an answer to the source with its headers, in bytes' },
  accessLogBytes: { value: 530, meaning: 'access log of a request, in bytes' },
  functionLogBytes: { value: 430, meaning: 'what Lambda itself logs of an invocation, in bytes' },
  batchLogBytes: { value: 350, meaning: 'what a function logs of a batch, in bytes' },
  metricLineBytes: { value: 900, meaning: 'metrics that dispatch writes for a batch, in bytes' },
  metricValueBytes: { value: 17, meaning: 'times of one event in them, in bytes' },
  logCompressedShare: { value: 0.15, meaning: 'size of stored logs over what was taken in' },
  bucketKeyShare: { value: 0.01, meaning: 'calls to KMS for each object, with bucket keys' },
  athenaQueries: {
    value: 100,
    meaning: "Athena queries a month, each reading one day's curated facts",
  },
  statusItemBytes: {
    value: 420,
    meaning: 'a fact in the status table with what DynamoDB adds, in bytes',
  },
  statusRowBytes: { value: 250, meaning: 'a row in Timestream, in bytes' },
} satisfies Record<string, Assumption>;

/** The value of an assumption. */
export function assumed(name: keyof typeof ASSUMPTIONS): number {
  return ASSUMPTIONS[name].value;
}

/**
 * What Terraform's root sets and the pipeline's settings do not say: variables' defaults and what the modules make. A test
 * compares what can be compared.
 */
export const DEPLOYED = {
  apiThrottlePerSecond: 1000,
  curatedBufferSeconds: 300,
  curatedBufferMib: 64,
  logRetentionDays: 30,
  statusMemoryHours: 24,
  /** Days after which facts/ goes to infrequent access, then to instant retrieval; curated/ only to the first. */
  factsInfrequentDays: 30,
  factsGlacierDays: 180,
  curatedInfrequentDays: 90,
  /** api-5xx, api-slow; journal-throttled, dispatch-behind, target-not-well, dead-letters; spilled, spill-left, batch-given-up; two for each of two deliveries; dispatch-idle, of two metrics. */
  alarmsOfTheSystem: 15,
  /** Errors and throttles. */
  alarmsPerFunction: 2,
  /** A destination that fails. */
  alarmsPerConsumer: 1,
  /** Five routes with six detailed metrics each, those of lib/metrics/vocabulary.ts if all have data, and sixteen request metrics of the failures bucket. */
  metricsOfTheSystem: 5 * 6 + CUSTOM_METRICS + 16,
  /** Event counts of its mapping. */
  metricsPerConsumer: 6,
} as const;
