import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { ConfigError, messageOf } from './errors.ts';
import { compileBrand } from './target/brand.ts';
import { targetCodes } from './target-codes.ts';
import { targetLimit } from './target-limit.ts';

const whole = (minimum: number, maximum: number) =>
  v.pipe(
    v.number('must be a number'),
    v.integer('must be a whole number'),
    v.minValue(minimum, `must be at least ${minimum}`),
    v.maxValue(maximum, `must be at most ${maximum}`),
  );

/** An event comes back after 1, 1 + 2 and 1 + 2 + 4 first delays. */
const DELAYS_UNTIL_THIRD_RETURN = 7;

/** A text, or an expression that compiles. */
const checkBrand: Parameters<typeof v.rawCheck<string>>[0] = ({ dataset, addIssue }) => {
  if (!dataset.typed) return;
  try {
    compileBrand(dataset.value);
  } catch (error) {
    addIssue({ message: messageOf(error) });
  }
};

const timeout = whole(1, 900);
const memory = whole(128, 10_240);

/**
 * What AWS and the local run share, in one JSON file that Terraform loads as its variables. The ranges are those of the
 * AWS services.
 */
export const pipelineSettings = v.pipe(
  v.strictObject({
    brand: v.pipe(v.string(), v.rawCheck(checkBrand)),
    /** The limit that the target's owner states. */
    target_limit: targetLimit,
    /** Largest difference between the clocks of two environments; AWS keeps them within about 1 ms. */
    clock_skew_ms: whole(0, 100),
    target_timeout_ms: whole(100, 60_000),
    max_in_flight_per_invocation: whole(1, 1000),
    /** Longest answer of the target that is read, uncompressed. */
    target_response_max_bytes: whole(10_000, 100_000_000),
    /** Error codes of this target, by what they mean. */
    target_codes: targetCodes,
    /** Creations in one request; more than one for targets that limit requests. */
    mutations_per_request: whole(1, 100),
    /** The same for lookups. */
    lookups_per_request: whole(1, 100),
    max_attempts: whole(1, 100),
    retry_pause_ms: whole(1, 1000),
    /** Wait of an event that is parked for the first time; doubled each time. */
    parking_delay_seconds: whole(1, 3600),
    /** Largest share of the target's rate for parked events that are tried again. */
    straggler_share: v.pipe(
      v.number('must be a number'),
      v.minValue(0.001, 'must be at least 0.001'),
      v.maxValue(0.5, 'must be at most 0.5'),
    ),
    /** Age at which an event that keeps failing becomes a dead letter, whoever is to blame. */
    straggler_max_age_hours: whole(1, 160),
    /** What becomes of events that a target rejects while it accepts none. */
    on_systemic_rejection: v.picklist(['park', 'dead-letter'], 'must be park or dead-letter'),
    shard_count: whole(1, 500),
    stream_retention_hours: whole(24, 8760),
    authorize_timeout_seconds: timeout,
    authorize_memory_mb: memory,
    authorize_cache_seconds: whole(0, 3600),
    /** How long API keys that were read from the secret are used before it is read again. */
    authorize_keys_ttl_seconds: whole(1, 3600),
    ingest_timeout_seconds: timeout,
    ingest_memory_mb: memory,
    /** One attempt to append. */
    ingest_append_timeout_ms: whole(10, 400),
    /** When an event that the journal has not taken is written to the spill bucket besides. */
    ingest_spill_after_ms: whole(0, 400),
    /** An answer is given within this, counted from the request's arrival. */
    ingest_budget_ms: whole(50, 450),
    health_timeout_seconds: timeout,
    health_memory_mb: memory,
    dispatch_timeout_seconds: timeout,
    dispatch_memory_mb: memory,
    dispatch_batch_size: whole(1, 10_000),
    dispatch_batching_window_seconds: whole(0, 300),
    dispatch_parallelization_factor: whole(1, 10),
    dispatch_maximum_retry_attempts: whole(-1, 10_000),
    dispatch_maximum_record_age_seconds: v.union([v.literal(-1), whole(60, 604_800)]),
    recover_timeout_seconds: timeout,
    recover_memory_mb: memory,
    recover_schedule_minutes: whole(1, 60),
    project_timeout_seconds: timeout,
    project_memory_mb: memory,
    project_batch_size: whole(1, 10_000),
    project_batching_window_seconds: whole(0, 300),
    project_parallelization_factor: whole(1, 10),
    project_maximum_retry_attempts: whole(-1, 10_000),
    project_maximum_record_age_seconds: v.union([v.literal(-1), whole(60, 604_800)]),
    /** Facts that the status table keeps; `problems`: those of events that were parked, dead-lettered, dismissed or replayed. */
    status_table: v.picklist(['all', 'problems', 'off'], 'must be all, problems or off'),
    /** Days until a fact expires from the status table. */
    status_table_days: whole(1, 3650),
    status_timeout_seconds: timeout,
    status_memory_mb: memory,
    /** Facts are also written to Timestream. */
    timestream_enabled: v.boolean('must be true or false'),
    /** Share of the traces of which spans are exported, of those whose caller did not decide. */
    trace_sample_ratio: v.pipe(
      v.number('must be a number'),
      v.minValue(0, 'must be at least 0'),
      v.maxValue(1, 'must be at most 1'),
    ),
    archive_buffer_seconds: whole(0, 900),
    archive_buffer_mib: whole(1, 128),
  }),
  v.forward(
    v.check(
      (settings) => settings.dispatch_timeout_seconds * 1000 >= settings.target_timeout_ms + 15_000,
      'must leave 15 s besides target_timeout_ms: no call could be started, or its fact not be appended',
    ),
    ['dispatch_timeout_seconds'],
  ),
  v.forward(
    v.check(
      (settings) =>
        settings.straggler_max_age_hours * 3600 >=
        DELAYS_UNTIL_THIRD_RETURN * settings.parking_delay_seconds,
      'must be at least 7 × parking_delay_seconds: an event that is parked comes back after 1, 3 and 7 of those, and would be given up before its third return',
    ),
    ['straggler_max_age_hours'],
  ),
  v.forward(
    v.check(
      (settings) => settings.ingest_spill_after_ms < settings.ingest_budget_ms,
      'must be below ingest_budget_ms: a spill that starts later would never be in time',
    ),
    ['ingest_spill_after_ms'],
  ),
);

export type PipelineSettings = v.InferOutput<typeof pipelineSettings>;

/** Reads and checks a settings file; rejects with a `ConfigError` that names every problem at once. */
export async function readPipelineSettings(path: string): Promise<PipelineSettings> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new ConfigError([`${path}: ${messageOf(error)}`]);
  }
  const result = v.safeParse(pipelineSettings, json);
  if (result.success) return result.output;
  throw new ConfigError(
    result.issues.map((issue) => `${path}: ${v.getDotPath(issue) ?? ''} ${issue.message}`),
  );
}
