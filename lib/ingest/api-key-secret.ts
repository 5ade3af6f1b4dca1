import { SecretFormatError } from '../errors.ts';
import { isJsonObject } from '../event/source-event.ts';
import type { ApiKeyHash } from '../ports.ts';

const SHA_256 = /^[0-9a-f]{64}$/i;
/** Names go into log lines and facts. */
const NAME = /^[\w.-]{1,64}$/;

const SHAPE = '{"<name>": "<SHA-256 of the key, 64 hex digits>", …}';

/**
 * The accepted keys as the secret holds them: a JSON object, key name to SHA-256 in hex, several during a rotation. One bad
 * entry makes all of it unusable, so that a slip while editing changes nothing until it is mended. Pure.
 * Throws a `SecretFormatError` that names every bad entry and shows no digest.
 */
export function parseApiKeys(text: string): ApiKeyHash[] {
  const entries = Object.entries(jsonObjectOf(text));
  if (entries.length === 0)
    throw new SecretFormatError(`The secret names no API key: put ${SHAPE} into it`);
  const problems = entries.flatMap(([name, digest], index) => problemsOf(name, digest, index + 1));
  if (problems.length > 0)
    throw new SecretFormatError(`The secret of the API keys is bad: ${problems.join('; ')}`);
  return entries.map(([name, digest]) => ({ name, sha256: String(digest).toLowerCase() }));
}

function jsonObjectOf(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw new SecretFormatError(`The secret is not JSON: put ${SHAPE} into it`);
  }
  if (isJsonObject(value)) return value;
  throw new SecretFormatError(`The secret is not a JSON object: put ${SHAPE} into it`);
}

function problemsOf(name: string, digest: unknown, position: number): string[] {
  // A key put in the place of its name must not reach the log.
  if (!NAME.test(name) || SHA_256.test(name))
    return [`entry ${position} needs a name of 1 to 64 letters, digits, "_", "-" and "."`];
  const isDigest = typeof digest === 'string' && SHA_256.test(digest);
  return isDigest ? [] : [`"${name}" needs the SHA-256 of its key as 64 hex digits`];
}
