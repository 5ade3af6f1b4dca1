import { SecretFormatError } from '../errors.ts';
import { isJsonObject, jsonObjectOf } from '../event/source-event.ts';
import { headerProblems } from '../target/credential-secret.ts';

const SHAPE = '{"headers": {"authorization": "Bearer …"}}';

/**
 * Reads the headers of requests to the collector from their secret. Pure.
 *
 * @throws SecretFormatError names everything that is wrong, and shows no value.
 */
export function parseCollectorHeaders(text: string): Record<string, string> {
  // The parser's own message would quote the text.
  const headers = jsonObjectOf(text)?.headers;
  if (!isJsonObject(headers)) throw problem('is no JSON object with "headers"');
  const given = Object.entries(headers);
  const problems = headerProblems(given);
  if (problems.length > 0) throw problem(problems.join('; '));
  return Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), String(value)]));
}

const problem = (detail: string) =>
  new SecretFormatError(`The secret of the OTLP headers ${detail}: put ${SHAPE} into it`);
