const EXPRESSION = /!\{([^:}]*):?([^}]*)\}/g;
const DEFAULT_TIMESTAMP = '!{timestamp:yyyy/MM/dd/HH/}';

const EXTENSION = '.gz';

/** Never changes here; on AWS, every change of the configuration raises it. */
const CONFIGURATION_VERSION = 1;

interface ObjectKeyParts {
  prefix: string;
  streamName: string;
  /** Arrival of the oldest record in the object, in milliseconds since the epoch. */
  oldestArrivalMs: number;
  uuid: string;
}

/**
 * `<evaluated prefix><stream>-<version>-YYYY-MM-DD-HH-mm-ss-<uuid>.gz`, all in UTC, as the Firehose guide has it
 * ("Configure Amazon S3 object name format"). That the time in the name is the prefix's is our choice: AWS
 * does not say which it is.
 */
export function objectKey(parts: ObjectKeyParts): string {
  const { prefix, streamName, oldestArrivalMs, uuid } = parts;
  const time = formatTimestamp('yyyy-MM-dd-HH-mm-ss', oldestArrivalMs);
  const name = [streamName, CONFIGURATION_VERSION, time, uuid].join('-');
  return `${evaluatePrefix(prefix, oldestArrivalMs)}${name}${EXTENSION}`;
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

/** Returns what AWS, or this implementation, would refuse; empty where both prefixes can be used. */
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

const FIELDS: Record<string, (at: Date) => string> = {
  yyyy: (at) => pad(at.getUTCFullYear(), 4),
  MM: (at) => pad(at.getUTCMonth() + 1),
  dd: (at) => pad(at.getUTCDate()),
  HH: (at) => pad(at.getUTCHours()),
  mm: (at) => pad(at.getUTCMinutes()),
  ss: (at) => pad(at.getUTCSeconds()),
};

/** A quoted literal (two quotes are one quote), a run of one letter, or anything else, taken as it is. */
const TOKEN = /'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'/g;

/**
 * Formats a time, in UTC, by the part of Java's `DateTimeFormatter` that keys are made of: `yyyy`, `MM`,
 * `dd`, `HH`, `mm`, `ss` and literals in single quotes. Throws on any other letter, as Java reserves them all.
 */
export function formatTimestamp(pattern: string, atMs: number): string {
  const at = new Date(atMs);
  return pattern.replace(TOKEN, (token, quoted: string | undefined, letter: string | undefined) => {
    if (quoted !== undefined) return quoted === '' ? "'" : quoted.replaceAll("''", "'");
    if (token === "'") throw new Error(`the quote in "${pattern}" is not closed`);
    if (letter === undefined) return token;
    const format = FIELDS[token];
    if (format) return format(at);
    throw new Error(`"${token}" in "${pattern}" is none of ${Object.keys(FIELDS).join(', ')}`);
  });
}

function pad(value: number, digits = 2): string {
  return String(value).padStart(digits, '0');
}
