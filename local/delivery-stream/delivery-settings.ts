import { ConfigError } from '../../lib/errors.ts';
import { findPrefixProblems } from './object-key.ts';

const MIB = 1024 * 1024;

/** The settings of a Firehose S3 destination that matter here, with its ranges. Records are delimited and compressed always. */
export interface DeliverySettings {
  /** Closes an object at this many bytes before compression: 1–128 MiB. */
  bufferBytes: number;
  /** Closes an object this long after its first record came: 0–900,000 ms. */
  bufferIntervalMs: number;
  /** May contain `!{timestamp:pattern}`. */
  prefix: string;
  /** Required where the prefix contains an expression. Nothing is ever written there: no record is processed. */
  errorOutputPrefix?: string;
}

/** AWS's own buffering defaults, and the layout of the archive. */
export const defaultDeliverySettings: DeliverySettings = {
  bufferBytes: 5 * MIB,
  bufferIntervalMs: 300_000,
  prefix: 'facts/dt=!{timestamp:yyyy-MM-dd}/hh=!{timestamp:HH}/',
  errorOutputPrefix: 'errors/!{firehose:error-output-type}/dt=!{timestamp:yyyy-MM-dd}/',
};

/** @throws ConfigError that names everything AWS would refuse */
export function checkDeliverySettings(name: string, settings: DeliverySettings): void {
  const { bufferBytes, bufferIntervalMs, prefix, errorOutputPrefix } = settings;
  const problems = findPrefixProblems(prefix, errorOutputPrefix);
  if (!/^[a-zA-Z0-9_.-]{1,64}$/.test(name)) {
    problems.push('name: 1–64 letters, digits, dots, hyphens and underscores');
  }
  if (!isWithin(bufferBytes, MIB, 128 * MIB)) {
    problems.push(`bufferBytes: ${bufferBytes} is not within 1–128 MiB`);
  }
  if (!isWithin(bufferIntervalMs, 0, 900_000)) {
    problems.push(`bufferIntervalMs: ${bufferIntervalMs} is not within 0–900,000 ms`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
}

function isWithin(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}
