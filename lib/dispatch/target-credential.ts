import { validateHeaderName, validateHeaderValue } from 'node:http';
import { SecretFormatError } from '../errors.ts';
import { isJsonObject } from '../event/source-event.ts';
import type { TargetAnswer, TargetCredential } from '../ports.ts';
import type { SecretCache } from '../secret-cache.ts';
import { normaliseCode } from './outcome.ts';

type Headers = Record<string, string>;

const SHAPE = '{"headers": {"authorization": "Bearer …"}}';

/** Those of every request, and those that say how it is sent. */
const OURS = new Set([
  'accept',
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'idempotency-key',
  'keep-alive',
  'te',
  'traceparent',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The target's credential as its secret holds it: `{"headers": {…}}`, HTTP headers for every request to the target; their names
 * come out in lower case. Pure. Throws a `SecretFormatError` that names every bad header and shows no value.
 */
export function parseTargetCredential(text: string): Headers {
  const entries = Object.entries(headersOf(text));
  if (entries.length === 0)
    throw new SecretFormatError(`The target's secret has no header: put ${SHAPE} into it`);
  const seen = new Set<string>();
  const problems = entries.flatMap(([name, value], index) => {
    const problem = problemOf(name, value, seen);
    seen.add(name.toLowerCase());
    return problem ? [`header ${index + 1} ${problem}`] : [];
  });
  if (problems.length > 0)
    throw new SecretFormatError(`The target's secret is bad: ${problems.join('; ')}`);
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(value)]));
}

function headersOf(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw new SecretFormatError(`The target's secret is not JSON: put ${SHAPE} into it`);
  }
  if (isJsonObject(value) && isJsonObject(value.headers)) return value.headers;
  throw new SecretFormatError(`The target's secret has no object "headers": put ${SHAPE} into it`);
}

function problemOf(name: string, value: unknown, seen: Set<string>): string | undefined {
  if (!passes(() => validateHeaderName(name)))
    return 'has a name that is not one of an HTTP header';
  if (OURS.has(name.toLowerCase())) return `("${name}") is one that every request has already`;
  if (seen.has(name.toLowerCase())) return `("${name}") is there twice`;
  if (typeof value !== 'string' || value === '')
    return `("${name}") needs a text that is not empty`;
  if (!passes(() => validateHeaderValue(name, value)))
    return `("${name}") has a character that no HTTP header may have (a line break?)`;
  return undefined;
}

function passes(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

/** The target's credential as a cached secret has it. */
export function createTargetCredential(cache: SecretCache<Headers>): TargetCredential {
  return {
    headers: () => cache.current() ?? cache.load(),
    refused: () => cache.readEarly(),
  };
}

/** Whether an answer says that the credential is not, or no longer, accepted. Pure. */
export function refusesCredential(answer: TargetAnswer): boolean {
  if (answer.kind !== 'response') return false;
  if (answer.status === 401 || answer.status === 403) return true;
  return answer.errors.some(({ extensions }) => {
    const code = extensions?.code;
    return typeof code === 'string' && normaliseCode(code) === 'UNAUTHENTICATED';
  });
}
