import { validateHeaderName, validateHeaderValue } from 'node:http';
import { SecretFormatError } from '../errors.ts';
import { isJsonObject } from '../event/source-event.ts';
import { type OAuthSettings, readOAuth } from './oauth-settings.ts';

export type Headers = Record<string, string>;

/** A credential as its secret or file holds it. */
export interface CredentialSecret {
  /** HTTP headers for every request to the target; names in lower case. */
  headers: Headers;
  /** Where the `authorization` header comes from; absent with static headers only. */
  oauth?: OAuthSettings;
}

const SHAPE =
  '{"headers": {"authorization": "Bearer …"}} or {"oauth": {"tokenUrl": "https://…", "clientId": "…", "clientSecret": "…"}}';

/** Headers of every request, and those that say how it is sent. */
const OURS = new Set([
  'accept',
  'accept-encoding',
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
 * Reads the target's credential: `headers`, `oauth` or both. Pure.
 *
 * @throws SecretFormatError names everything that is wrong, and shows no value.
 */
export function parseCredential(text: string): CredentialSecret {
  const secret = objectOf(text);
  const { headers, oauth } = secret;
  const problems: string[] = [];
  if (headers === undefined && oauth === undefined)
    problems.push('has neither "headers" nor "oauth"');
  if (headers !== undefined && !isJsonObject(headers))
    problems.push('has "headers" that are no object');
  const given = isJsonObject(headers) ? Object.entries(headers) : [];
  if (isJsonObject(headers) && given.length === 0 && oauth === undefined)
    problems.push('has no header');
  problems.push(...headerProblems(given, oauth !== undefined));
  const settings = oauth === undefined ? undefined : readOAuth(oauth, problems);
  if (problems.length > 0)
    throw new SecretFormatError(
      `The target's credential ${problems.join('; ')}: put ${SHAPE} into it`,
    );
  return {
    headers: Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), String(value)])),
    ...(settings ? { oauth: settings } : {}),
  };
}

function objectOf(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
  }
  if (isJsonObject(value)) return value;
  throw new SecretFormatError(`The target's credential is no JSON object: put ${SHAPE} into it`);
}

/** Problems of headers that a secret holds, without their values; `hasOAuth`: the `authorization` header comes from elsewhere. Pure. */
export function headerProblems(given: [string, unknown][], hasOAuth = false): string[] {
  const seen = new Set<string>(hasOAuth ? ['authorization'] : []);
  return given.flatMap(([name, value], index) => {
    const problem = problemOf(name, value, seen, hasOAuth);
    seen.add(name.toLowerCase());
    return problem ? [`has a header ${index + 1} that ${problem}`] : [];
  });
}

function problemOf(
  name: string,
  value: unknown,
  seen: Set<string>,
  hasOAuth: boolean,
): string | undefined {
  const lower = name.toLowerCase();
  if (!passes(() => validateHeaderName(name)))
    return 'has a name that is not one of an HTTP header';
  if (OURS.has(lower)) return `("${name}") is one that every request has already`;
  if (hasOAuth && lower === 'authorization') return `("${name}") is the one that "oauth" provides`;
  if (seen.has(lower)) return `("${name}") is there twice`;
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
