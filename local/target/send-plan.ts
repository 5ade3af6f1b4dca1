import type { IncomingHttpHeaders } from 'node:http';
import type { SendPlan } from './send-fake-data.ts';

const DEFAULT_COUNT = 10;
const MAX_COUNT = 10_000;
const MAX_RATE = 1000;

const howTo =
  'Set the header X-TARGET-API-URL to the absolute http(s) address that takes the events, for example ' +
  'curl -X POST -H "X-TARGET-API-URL: http://127.0.0.1:3000/events" -H "x-api-key: <key>" ' +
  '"<this address>/send-fake-data?count=10&rate=5".';

export type CheckedPlan = { plan: SendPlan } | { message: string };

/** Reads what to send from the request's headers and query, or says what to do instead. */
export function readSendPlan(headers: IncomingHttpHeaders, query: URLSearchParams): CheckedPlan {
  const url = readAddress(headers['x-target-api-url']);
  if (!url) return { message: howTo };
  const count = Number(query.get('count') ?? DEFAULT_COUNT);
  if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT) {
    return { message: `count must be a whole number from 1 to ${MAX_COUNT}.` };
  }
  const rate = query.has('rate') ? Number(query.get('rate')) : undefined;
  if (rate !== undefined && !(rate > 0 && rate <= MAX_RATE)) {
    return { message: `rate must be a number of events per second above 0, up to ${MAX_RATE}.` };
  }
  const apiKey = headers['x-api-key'];
  return { plan: { url, apiKey: apiKey?.toString(), count, ratePerSecond: rate } };
}

/** An address with credentials in it is refused too: fetch would not take it. */
function readAddress(header: string | string[] | undefined): string | undefined {
  const url = URL.parse(header?.toString() ?? '');
  if (!url || !['http:', 'https:'].includes(url.protocol)) return undefined;
  return url.username || url.password ? undefined : url.href;
}
