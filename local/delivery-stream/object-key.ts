import { formatTimestamp } from './timestamp-pattern.ts';

const EXPRESSION = /!\{([^:}]*):?([^}]*)\}/g;
const DEFAULT_TIMESTAMP = '!{timestamp:yyyy/MM/dd/HH/}';

/** Never changes here; on AWS, every change of the configuration raises it. */
const CONFIGURATION_VERSION = 1;

export interface ObjectKeyParts {
  prefix: string;
  streamName: string;
  /** Arrival of the oldest record in the object, in milliseconds since the epoch. */
  oldestArrivalMs: number;
  uuid: string;
  extension: string;
}

/**
 * `<evaluated prefix><stream>-<version>-YYYY-MM-DD-HH-mm-ss-<uuid><extension>`, all in UTC, as the Firehose guide has it
 * ("Configure Amazon S3 object name format"). That the time in the name is the prefix's is our choice: AWS
 * does not say which it is.
 */
export function objectKey(parts: ObjectKeyParts): string {
  const { prefix, streamName, oldestArrivalMs, uuid, extension } = parts;
  const time = formatTimestamp('yyyy-MM-dd-HH-mm-ss', oldestArrivalMs);
  const name = [streamName, CONFIGURATION_VERSION, time, uuid].join('-');
  return `${evaluatePrefix(prefix, oldestArrivalMs)}${name}${extension}`;
}

/**
 * Replaces every `!{timestamp:pattern}` by the arrival time of the object's oldest record. A prefix without one gets
 * `yyyy/MM/dd/HH/` appended. Throws on other expressions (the Firehose guide, "Understand custom prefixes").
 */
export function evaluatePrefix(prefix: string, oldestArrivalMs: number): string {
  const complete = prefix.includes('!{timestamp:') ? prefix : `${prefix}${DEFAULT_TIMESTAMP}`;
  return complete.replace(EXPRESSION, (expression, namespace: string, value: string) => {
    if (namespace === 'timestamp') return formatTimestamp(value, oldestArrivalMs);
    throw new Error(`${expression} is not supported: only !{timestamp:…} is`);
  });
}

/** What AWS, or this implementation, would refuse; empty where both prefixes can be used. */
export function findPrefixProblems(
  prefix: string,
  errorOutputPrefix: string | undefined,
): string[] {
  const problems: string[] = [];
  try {
    evaluatePrefix(prefix, 0);
  } catch (error) {
    problems.push(`prefix: ${(error as Error).message}`);
  }
  if (prefix.includes('!{') && !errorOutputPrefix) {
    problems.push('errorOutputPrefix: required, because the prefix contains an expression');
  }
  if (errorOutputPrefix?.includes('!{') && !errorOutputPrefix.includes(ERROR_TYPE)) {
    problems.push(`errorOutputPrefix: with an expression in it, it must contain ${ERROR_TYPE}`);
  }
  return problems;
}

const ERROR_TYPE = '!{firehose:error-output-type}';
