import * as v from 'valibot';
import { ConfigError } from './errors.ts';
import { LOG_LEVELS } from './log.ts';

/** Reads a function's environment variables through its schema, once, at start. */
export function parseConfig<Schema extends v.GenericSchema>(
  schema: Schema,
  environment: NodeJS.ProcessEnv,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, environment);
  if (result.success) return result.output;
  throw new ConfigError(
    result.issues.map((issue) => `${v.getDotPath(issue) ?? 'environment'}: ${issue.message}`),
  );
}

const text = v.pipe(v.string('is required'), v.nonEmpty('must not be empty'));
const url = v.pipe(v.string('is required'), v.url('must be a URL'));

const number = (minimum: number, maximum: number) =>
  v.pipe(
    v.string('is required'),
    v.trim(),
    v.nonEmpty('must not be empty'),
    v.transform(Number),
    v.number('must be a number'),
    v.minValue(minimum, `must be at least ${minimum}`),
    v.maxValue(maximum, `must be at most ${maximum}`),
  );

const integer = (minimum: number, maximum: number) =>
  v.pipe(number(minimum, maximum), v.integer('must be a whole number'));

const list = v.pipe(
  v.string(),
  v.transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  ),
);

/** `ENDPOINT` variables are absent on AWS; the local run sets them. */
const endpoint = v.optional(url);

/** Lowest level that a function logs. */
const logLevel = v.optional(
  v.picklist(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`),
  'INFO',
);

/** CloudWatch namespace of the metrics that a function emits. */
const metricsNamespace = v.optional(text, 'orchestrator');

export const authorizeConfig = v.object({
  /** Name or ARN. */
  API_KEYS_SECRET_ID: text,
  SECRETS_MANAGER_ENDPOINT: endpoint,
  API_KEYS_TTL_SECONDS: v.optional(integer(1, 3600), '60'),
  /** How old keys may be that are used because the secret cannot be read. */
  API_KEYS_STALE_SECONDS: v.optional(integer(1, 86_400), '3600'),
  LOG_LEVEL: logLevel,
});

export const ingestConfig = v.object({
  STREAM_NAME: text,
  KINESIS_ENDPOINT: endpoint,
  SPILL_BUCKET: text,
  S3_ENDPOINT: endpoint,
  APPEND_TIMEOUT_MS: v.optional(integer(10, 400), '150'),
  SPILL_AFTER_MS: v.optional(integer(0, 400), '120'),
  /** The answer is given within this, counted from the request's arrival. */
  BUDGET_MS: v.optional(integer(50, 450), '350'),
  METRICS_NAMESPACE: metricsNamespace,
  LOG_LEVEL: logLevel,
});

export const recoverConfig = v.object({
  STREAM_NAME: text,
  KINESIS_ENDPOINT: endpoint,
  SPILL_BUCKET: text,
  S3_ENDPOINT: endpoint,
  TARGET_RATE_PER_SECOND: number(0.01, 100_000),
  STRAGGLER_SHARE: v.optional(number(0.001, 0.5), '0.05'),
  /** The schedule's interval: what one run may release follows from it. Fractions are for local runs. */
  SCHEDULE_MINUTES: v.optional(number(0.001, 60), '1'),
  METRICS_NAMESPACE: metricsNamespace,
  LOG_LEVEL: logLevel,
});

export const dispatchConfig = v.object({
  STREAM_NAME: text,
  KINESIS_ENDPOINT: endpoint,
  /** Parked events lie in it. */
  SPILL_BUCKET: text,
  S3_ENDPOINT: endpoint,
  /** Start times are booked in it. */
  DISPATCH_TABLE: text,
  DYNAMODB_ENDPOINT: endpoint,
  /** Text, or an expression between `{%` and `%}`. */
  BRAND: text,
  TARGET_URL: url,
  TARGET_RATE_PER_SECOND: number(0.01, 100_000),
  /** Largest difference between the clocks of two environments. */
  CLOCK_SKEW_MS: v.optional(integer(0, 100), '1'),
  TARGET_TIMEOUT_MS: v.optional(integer(100, 60_000), '5000'),
  /** Name or ARN of the secret with the target's credential; absent for a target that wants none. */
  TARGET_CREDENTIAL_SECRET_ID: v.optional(text),
  TARGET_CREDENTIAL_TTL_SECONDS: v.optional(integer(1, 3600), '300'),
  SECRETS_MANAGER_ENDPOINT: endpoint,
  MAX_IN_FLIGHT_PER_INVOCATION: v.optional(integer(1, 1000), '50'),
  /** The most records that a batch has, as the event source mapping is set. */
  BATCH_SIZE: v.optional(integer(1, 10_000), '10000'),
  MAX_ATTEMPTS: v.optional(integer(1, 100), '8'),
  RETRY_PAUSE_MS: v.optional(integer(1, 1000), '50'),
  RETRY_AFTER_MAX_MS: v.optional(integer(1, 900_000), '60000'),
  /** Creations in one request, as aliases; for targets that limit requests. */
  MUTATIONS_PER_REQUEST: v.optional(integer(1, 100), '1'),
  LOOKUPS_PER_REQUEST: v.optional(integer(1, 100), '50'),
  TARGET_RESPONSE_MAX_BYTES: v.optional(integer(10_000, 100_000_000), '5000000'),
  /** Error codes of this target, by what they mean, separated by commas. */
  TARGET_DUPLICATE_CODES: v.optional(list, ''),
  TARGET_THROTTLED_CODES: v.optional(list, ''),
  TARGET_UNAVAILABLE_CODES: v.optional(list, ''),
  TARGET_UNKNOWN_CODES: v.optional(list, ''),
  TARGET_UNAUTHORIZED_CODES: v.optional(list, ''),
  TARGET_REJECTED_CODES: v.optional(list, ''),
  PARKING_DELAY_SECONDS: v.optional(integer(1, 3600), '60'),
  STRAGGLER_SHARE: v.optional(number(0.001, 0.5), '0.05'),
  STRAGGLER_MAX_AGE_HOURS: v.optional(integer(1, 160), '72'),
  ON_SYSTEMIC_REJECTION: v.optional(
    v.picklist(['park', 'dead-letter'], 'must be park or dead-letter'),
    'park',
  ),
  METRICS_NAMESPACE: metricsNamespace,
  LOG_LEVEL: logLevel,
});

export type DispatchConfig = v.InferOutput<typeof dispatchConfig>;

export const projectConfig = v.object({
  /** Empty: there is no status table. */
  STATUS_TABLE: v.optional(v.string(), ''),
  /** `problems`: facts of events that were parked, dead-lettered, dismissed or replayed. */
  STATUS_KEEPS: v.optional(v.picklist(['all', 'problems'], 'must be all or problems'), 'all'),
  STATUS_DAYS: v.optional(integer(1, 3650), '90'),
  DYNAMODB_ENDPOINT: endpoint,
  /** Empty: facts are not written to Timestream. */
  TIMESTREAM_DATABASE: v.optional(v.string(), ''),
  TIMESTREAM_TABLE: v.optional(v.string(), ''),
  TIMESTREAM_ENDPOINT: endpoint,
  /** URL that spans are exported to; empty for none. */
  OTLP_URL: v.optional(v.union([v.literal(''), url], 'must be a URL'), ''),
  /** Name or ARN of the secret with the headers of those requests; absent for a collector that wants none. */
  OTLP_HEADERS_SECRET_ID: v.optional(text),
  SECRETS_MANAGER_ENDPOINT: endpoint,
  /** Share of the traces that are exported, of those whose caller did not decide. */
  TRACE_SAMPLE_RATIO: v.optional(number(0, 1), '1'),
  /** `service.name` of the spans. */
  SERVICE_NAME: v.optional(text, 'orchestrator'),
  /** Named on spans: the journal, and host and port of the target. */
  STREAM_NAME: v.optional(text),
  TARGET_URL: v.optional(url),
  LOG_LEVEL: logLevel,
});

export const alertConfig = v.object({
  /** Name or ARN of the secret with the address of the webhook. */
  WEBHOOK_SECRET_ID: text,
  SECRETS_MANAGER_ENDPOINT: endpoint,
  LOG_LEVEL: logLevel,
});

export type ProjectConfig = v.InferOutput<typeof projectConfig>;

export const statusConfig = v.object({
  /** Empty: there is no status table, and no event is found. */
  STATUS_TABLE: v.optional(v.string(), ''),
  DYNAMODB_ENDPOINT: endpoint,
  LOG_LEVEL: logLevel,
});
