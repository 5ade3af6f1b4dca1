import { SecretFormatError } from '../errors.ts';
import { jsonObjectOf } from '../event/source-event.ts';

const SHAPE = '{"url": "https://hooks.slack.com/services/…"}';

/**
 * The address of the webhook as its secret holds it. The address is a credential: anyone who knows it can post. So no error shows it. Pure.
 *
 * @throws SecretFormatError
 */
export function parseWebhookSecret(text: string): URL {
  const url = urlOf(text);
  if (url === undefined)
    throw new SecretFormatError(`The secret of the webhook is bad: put ${SHAPE} into it`);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url)))
    throw new SecretFormatError('The address of the webhook must begin with https://');
  return url;
}

function urlOf(text: string): URL | undefined {
  const url = jsonObjectOf(text)?.url;
  return typeof url === 'string' ? (URL.parse(url) ?? undefined) : undefined;
}

/** A receiver on the same machine, for a test. */
function isLoopback({ hostname }: URL): boolean {
  return hostname === '127.0.0.1' || hostname === 'localhost';
}
