import { messageOf, WebhookError } from '../errors.ts';
import { escapeControls } from '../safe-text.ts';

/** Time that the webhook has for its response. */
const WEBHOOK_TIMEOUT_MS = 5000;

/** The webhook's response. */
export interface Posted {
  status: number;
  /** The beginning of its response. */
  answer: string;
}

/**
 * Posts a text to a Slack-compatible webhook, as `{"text": …}`. Redirects are not followed.
 *
 * @throws WebhookError, which does not show the address, where it does not respond with 2xx in time
 */
export async function postAlert(url: URL, text: string): Promise<Posted> {
  const { status, answer } = await send(url, JSON.stringify({ text }));
  if (status < 200 || status > 299)
    throw new WebhookError(
      `The webhook responded with ${status}${answer ? `: ${answer}` : ''}. Check the address in its secret.`,
    );
  return { status, answer };
}

async function send(url: URL, body: string): Promise<Posted> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(WEBHOOK_TIMEOUT_MS),
    });
    return { status: response.status, answer: beginningOf(await response.text()) };
  } catch (error) {
    const cause = (error as Error).cause ?? error;
    throw new WebhookError(`The webhook did not respond: ${messageOf(cause)}`);
  }
}

function beginningOf(text: string): string {
  return escapeControls(text.trim().slice(0, 200));
}
