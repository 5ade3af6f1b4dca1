import { ConfigError, messageOf } from '../../lib/errors.ts';
import type { StreamPosition } from '../../lib/ports.ts';
import { compileFilters } from './filter-pattern.ts';

/** The position at which a mapping that never ran before starts. `LATEST` can miss events while the mapping is created [DOC]. */
export type StartingPosition = Exclude<StreamPosition, { type: 'AFTER_SEQUENCE_NUMBER' }>;

/** One event source mapping, in the terms of AWS's `CreateEventSourceMapping`; -1 means without limit. */
export interface EventSourceMappingSettings {
  uuid: string;
  streamArn: string;
  functionArn: string;
  region: string;
  /** 1–10,000 records. */
  batchSize: number;
  /** 0–300,000. */
  batchingWindowMs: number;
  /** Lanes per shard, 1–10. */
  parallelizationFactor: number;
  /** -1–10,000; N retries are N + 1 invocations. */
  maximumRetryAttempts: number;
  /** -1 or 60–604,800. */
  maximumRecordAgeSeconds: number;
  bisectBatchOnFunctionError: boolean;
  reportBatchItemFailures: boolean;
  startingPosition: StartingPosition;
  /** At most five JSON patterns, such as `{"data":{"type":["received"]}}`; a record that matches any is delivered. */
  filterPatterns?: string[];
  /** Pause after a read that found the end of the shard; default 250. AWS polls once a second. */
  pollIntervalMs?: number;
}

interface Range {
  name: keyof EventSourceMappingSettings;
  min: number;
  max: number;
  /** Allowed besides the range: -1 as "no limit" where the range does not begin there. */
  unlimited?: boolean;
}

/** What AWS accepts [DOC]; the last is ours. */
const ranges: Range[] = [
  { name: 'batchSize', min: 1, max: 10_000 },
  { name: 'batchingWindowMs', min: 0, max: 300_000 },
  { name: 'parallelizationFactor', min: 1, max: 10 },
  { name: 'maximumRetryAttempts', min: -1, max: 10_000 },
  { name: 'maximumRecordAgeSeconds', min: 60, max: 604_800, unlimited: true },
  { name: 'pollIntervalMs', min: 1, max: 60_000 },
];

const maximumFilters = 5;

/** Throws a `ConfigError` that names everything AWS would refuse, filter patterns included. */
export function assertSettings(settings: EventSourceMappingSettings): void {
  const problems = ranges.flatMap((range) => rangeProblem(range, settings[range.name]));
  const patterns = settings.filterPatterns ?? [];
  if (patterns.length > maximumFilters) {
    problems.push(`filterPatterns: ${patterns.length} patterns, at most ${maximumFilters}`);
  }
  try {
    compileFilters(patterns);
  } catch (error) {
    problems.push(messageOf(error));
  }
  if (problems.length > 0) throw new ConfigError(problems);
}

function rangeProblem({ name, min, max, unlimited }: Range, value: unknown): string[] {
  if (value === undefined || (unlimited && value === -1)) return [];
  if (Number.isInteger(value) && Number(value) >= min && Number(value) <= max) return [];
  return [`${name}: ${String(value)} is not ${unlimited ? '-1 or ' : ''}${min} to ${max}`];
}
