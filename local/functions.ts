import { availableParallelism } from 'node:os';
import { looksLikeMetrics } from '../lib/metrics/read-emf.ts';
import type { PipelineSettings } from '../lib/settings.ts';
import { environmentOfCodes } from '../lib/target-codes.ts';
import { ratePerSecondOf } from '../lib/target-limit.ts';
import type { Bundle, FunctionName } from '../scripts/build.ts';
import { createFunction, type LocalFunction } from './lambda/function.ts';
import { NAMES, type Paths } from './layout.ts';
import { NICENESS } from './niceness.ts';
import { createNotices } from './notices.ts';
import type { AwsEndpoints } from './pipeline-options.ts';

/** There are no alarms here, so nothing that posts them. */
type LocalFunctionName = Exclude<FunctionName, 'alert'>;

export type Functions = Record<LocalFunctionName, LocalFunction>;

export interface FunctionsOptions {
  bundles: Bundle[];
  settings: PipelineSettings;
  paths: Paths;
  aws: AwsEndpoints;
  /** The same for ingest. */
  ingestAws: AwsEndpoints;
  isAwsLike?: boolean | undefined;
  /** Environments of ingest at once. */
  ingestEnvironments?: number | undefined;
  timestreamUrl: string;
  dynamoDbUrl: string;
  /** GraphQL endpoint. */
  targetUrl: string;
  secretsManagerUrl: string;
  /** True when the target's secret has a value. */
  hasTargetCredential: boolean;
  /** OTLP endpoint to which spans are exported; absent for none. */
  otlpUrl?: string | undefined;
  /** True when the secret of its headers has a value. */
  hasOtlpHeaders?: boolean | undefined;
  /** How often recover runs by its schedule. */
  recoverMinutes: number;
  /** Called with each warning of a function. */
  onWarning: (line: string) => void;
  /** Called with each line of metrics. */
  onMetrics: (line: string) => void;
}

/** The longest that a request waits for an environment of ingest: the rest of the source's 500 ms is for the stores. */
const MAX_INGEST_WAIT_MS = 240;

/** An environment takes so many in about 150 ms: a pause that is shorter, while 400 events a second come in, refuses none. */
const MAX_WAITING_EACH = 30;

/**
 * The limit on a function's processes; further requests wait their turn. On AWS the account's concurrency is the limit. More processes than processors
 * do harm: on two processors, a third process cost 7 % more processor time per event, because each has to warm up.
 */
const MAX_ENVIRONMENTS = Math.min(4, Math.max(2, availableParallelism()));

/** Two, so that one slow read does not delay all; more would take from posting. */
const MAX_STATUS_ENVIRONMENTS = 2;

/** `npm start` shows warnings and errors, and the log files have every line. */
const LOG_LEVEL = 'INFO';

/** Creates the pipeline's Lambda functions, configured as Terraform configures them. */
export function createFunctions(options: FunctionsOptions): Functions {
  const { settings, bundles, paths } = options;
  const notice = createNotices(options.onWarning);
  const make = (
    name: LocalFunctionName,
    maxEnvironments = MAX_ENVIRONMENTS,
    more: Partial<Parameters<typeof createFunction>[0]> = {},
  ) =>
    createFunction({
      name: `orchestrator-${name}`,
      bundle: bundlePath(bundles, name),
      timeoutMs: settings[`${name}_timeout_seconds`] * 1000,
      memoryMb: settings[`${name}_memory_mb`],
      maxEnvironments,
      niceness: NICENESS.behindFront,
      ...more,
      isAwsLike: options.isAwsLike ?? false,
      environment: environmentOf(name, options),
      logFile: paths.log(name),
      onLog: ({ text }) => {
        if (looksLikeMetrics(text)) options.onMetrics(text);
        else tellWarning(name, text, notice);
      },
    });
  return {
    authorize: make('authorize'),
    ingest: make('ingest', options.ingestEnvironments, {
      maxWaitMs: MAX_INGEST_WAIT_MS,
      maxWaitingEach: MAX_WAITING_EACH,
    }),
    health: make('health'),
    status: make('status', MAX_STATUS_ENVIRONMENTS),
    dispatch: make('dispatch', dispatchEnvironments(settings, options.isAwsLike)),
    recover: make('recover', 1),
    project: make('project', settings.shard_count * settings.project_parallelization_factor, {
      niceness: NICENESS.projection,
    }),
  };
}

/** Lambda keeps more environments warm than run at once; in an AWS-like run there are this many more. */
const SPARE_ENVIRONMENTS = 2;

/** Returns the number of environments of dispatch: one for each lane, and spare ones in an AWS-like run. */
export function dispatchEnvironments(
  settings: Pick<PipelineSettings, 'shard_count' | 'dispatch_parallelization_factor'>,
  isAwsLike = false,
): number {
  const lanes = settings.shard_count * settings.dispatch_parallelization_factor;
  return lanes + (isAwsLike ? SPARE_ENVIRONMENTS : 0);
}

/** A line of structured logging above `info`, in words. */
function tellWarning(
  name: LocalFunctionName,
  text: string,
  notice: ReturnType<typeof createNotices>,
): void {
  if (!/"level":"(warn|error)"/.test(text)) return;
  try {
    const { message, cause, error } = JSON.parse(text) as Record<string, string | undefined>;
    const detail = cause ?? error;
    const kind = `${name}: ${message}`;
    notice(kind, `${kind}${detail ? ` (${detail})` : ''}`);
  } catch {
    notice(name, `${name}: ${text}`);
  }
}

function bundlePath(bundles: Bundle[], name: FunctionName): string {
  const bundle = bundles.find((candidate) => candidate.name === name);
  if (!bundle) throw new Error(`the build made no bundle of ${name}`);
  return bundle.path;
}

/** Returns the environment variables of a function here; `terraform/locals.tf` says the same for AWS. */
export function environmentOf(
  name: LocalFunctionName,
  options: FunctionsOptions,
): Record<string, string> {
  const { settings } = options;
  const aws = name === 'ingest' ? options.ingestAws : options.aws;
  const journal = { STREAM_NAME: NAMES.stream, KINESIS_ENDPOINT: aws.kinesisUrl };
  const spill = { SPILL_BUCKET: NAMES.spillBucket, S3_ENDPOINT: aws.s3Url };
  const statusTable = settings.status_table === 'off' ? '' : NAMES.statusTable;
  switch (name) {
    case 'authorize':
      return {
        API_KEYS_SECRET_ID: NAMES.apiKeysSecret,
        API_KEYS_TTL_SECONDS: String(settings.authorize_keys_ttl_seconds),
        SECRETS_MANAGER_ENDPOINT: options.secretsManagerUrl,
        LOG_LEVEL,
      };
    case 'health':
      return {};
    case 'ingest':
      return {
        ...journal,
        ...spill,
        APPEND_TIMEOUT_MS: String(settings.ingest_append_timeout_ms),
        SPILL_AFTER_MS: String(settings.ingest_spill_after_ms),
        BUDGET_MS: String(settings.ingest_budget_ms),
        METRICS_NAMESPACE: NAMES.metricsNamespace,
        LOG_LEVEL,
      };
    case 'recover':
      return {
        ...journal,
        ...spill,
        ...operatorEnvironment(settings),
        STRAGGLER_SHARE: String(settings.straggler_share),
        SCHEDULE_MINUTES: String(options.recoverMinutes),
        METRICS_NAMESPACE: NAMES.metricsNamespace,
        LOG_LEVEL,
      };
    case 'dispatch':
      return {
        ...journal,
        ...spill,
        DISPATCH_TABLE: NAMES.dispatchTable,
        DYNAMODB_ENDPOINT: options.dynamoDbUrl,
        BRAND: settings.brand,
        TARGET_URL: options.targetUrl,
        SECRETS_MANAGER_ENDPOINT: options.secretsManagerUrl,
        ...(options.hasTargetCredential
          ? { TARGET_CREDENTIAL_SECRET_ID: NAMES.targetCredentialSecret }
          : {}),
        ...operatorEnvironment(settings),
        CLOCK_SKEW_MS: String(settings.clock_skew_ms),
        TARGET_TIMEOUT_MS: String(settings.target_timeout_ms),
        MAX_IN_FLIGHT_PER_INVOCATION: String(settings.max_in_flight_per_invocation),
        BATCH_SIZE: String(settings.dispatch_batch_size),
        TARGET_RESPONSE_MAX_BYTES: String(settings.target_response_max_bytes),
        ...environmentOfCodes(settings.target_codes),
        MUTATIONS_PER_REQUEST: String(settings.mutations_per_request),
        LOOKUPS_PER_REQUEST: String(settings.lookups_per_request),
        MAX_ATTEMPTS: String(settings.max_attempts),
        RETRY_PAUSE_MS: String(settings.retry_pause_ms),
        PARKING_DELAY_SECONDS: String(settings.parking_delay_seconds),
        STRAGGLER_SHARE: String(settings.straggler_share),
        STRAGGLER_MAX_AGE_HOURS: String(settings.straggler_max_age_hours),
        ON_SYSTEMIC_REJECTION: settings.on_systemic_rejection,
        METRICS_NAMESPACE: NAMES.metricsNamespace,
        LOG_LEVEL,
      };
    case 'project':
      return {
        STATUS_TABLE: statusTable,
        STATUS_KEEPS: settings.status_table === 'problems' ? 'problems' : 'all',
        STATUS_DAYS: String(settings.status_table_days),
        DYNAMODB_ENDPOINT: options.dynamoDbUrl,
        TIMESTREAM_DATABASE: settings.timestream_enabled ? NAMES.timestreamDatabase : '',
        TIMESTREAM_TABLE: settings.timestream_enabled ? NAMES.timestreamTable : '',
        TIMESTREAM_ENDPOINT: options.timestreamUrl,
        LOG_LEVEL,
        OTLP_URL: options.otlpUrl ?? '',
        ...(options.hasOtlpHeaders ? { OTLP_HEADERS_SECRET_ID: NAMES.otlpHeadersSecret } : {}),
        SECRETS_MANAGER_ENDPOINT: options.secretsManagerUrl,
        TRACE_SAMPLE_RATIO: String(settings.trace_sample_ratio),
        SERVICE_NAME: 'orchestrator-local',
        STREAM_NAME: NAMES.stream,
        TARGET_URL: options.targetUrl,
      };
    case 'status':
      return { STATUS_TABLE: statusTable, DYNAMODB_ENDPOINT: options.dynamoDbUrl, LOG_LEVEL };
  }
}

/** Returns the part of dispatch's environment that an operator may read. */
export function operatorEnvironment(settings: PipelineSettings): Record<string, string> {
  return { TARGET_RATE_PER_SECOND: String(ratePerSecondOf(settings.target_limit)) };
}

/** Numbers of environments to start. */
interface WarmEnvironments {
  ingest: number | undefined;
  dispatch: number;
}

/** Starts environments ahead of the first request: cold starts of several, one beside the other, would miss the source's 500 ms. */
export async function warmUp(
  functions: Functions,
  { ingest: ingestEnvironments = MAX_ENVIRONMENTS, dispatch: dispatchCount }: WarmEnvironments,
): Promise<void> {
  const { authorize, ingest, health, status, dispatch, project } = functions;
  await Promise.all([
    authorize.warm(),
    ingest.warm(ingestEnvironments),
    health.warm(),
    status.warm(),
    dispatch.warm(dispatchCount),
    project.warm(),
  ]);
}
