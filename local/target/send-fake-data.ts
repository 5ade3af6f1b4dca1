import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../lib/ports.ts';

const DEFAULT_COUNT = 10;
const MAX_COUNT = 10_000;
const MAX_RATE = 1000;

const howTo =
  'Set the header X-TARGET-API-URL to the absolute http(s) address that takes the events, for example ' +
  'curl -X POST -H "X-TARGET-API-URL: http://127.0.0.1:3000/events" -H "x-api-key: <key>" ' +
  '"<this address>/send-fake-data?count=10&rate=5".';

type CheckedPlan = { plan: SendPlan } | { message: string };

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

const PARALLEL_SENDS = 10;
const ANSWER_TIMEOUT_MS = 30_000;
const SAMPLE_SIZE = 10;

interface SendPlan {
  url: string;
  apiKey: string | undefined;
  count: number;
  /** Events per second, evenly spaced whatever the answers; undefined sends as fast as they are answered. */
  ratePerSecond: number | undefined;
}

/** What became of the events: each was posted once, and never again. */
interface SendSummary {
  sent: number;
  /** Answered 2xx. */
  accepted: number;
  /** Everything else, no answer included. */
  refused: number;
  /** Answers per HTTP status; `noAnswer` counts refused connections, resets and timeouts. */
  statuses: Record<string, number>;
  /** The first few ids, to trace one. */
  sampleIds: string[];
}

/** Posts generated events; stops early, counting only what was sent, when `signal` aborts. */
export async function sendFakeData(
  plan: SendPlan,
  clock: Clock,
  signal: AbortSignal,
): Promise<SendSummary> {
  const startMs = clock.now();
  const summary: SendSummary = { sent: 0, accepted: 0, refused: 0, statuses: {}, sampleIds: [] };
  const sendNext = async () => {
    const event = createFakeEvent(summary.sent, clock.now());
    summary.sent += 1;
    if (summary.sampleIds.length < SAMPLE_SIZE) summary.sampleIds.push(event.id);
    tally(summary, await post(plan, event, signal));
  };
  if (plan.ratePerSecond === undefined) {
    await Promise.all(Array.from({ length: PARALLEL_SENDS }, () => sendInTurn()));
  } else {
    await sendEvenly(1000 / plan.ratePerSecond);
  }
  return summary;

  async function sendInTurn(): Promise<void> {
    while (summary.sent < plan.count && !signal.aborted) await sendNext();
  }

  async function sendEvenly(spacingMs: number): Promise<void> {
    const sends: Promise<void>[] = [];
    while (summary.sent < plan.count) {
      const waitMs = startMs + summary.sent * spacingMs - clock.now();
      if (waitMs > 0) await clock.sleep(waitMs, signal);
      if (signal.aborted) break;
      sends.push(sendNext());
    }
    await Promise.all(sends);
  }
}

async function post(plan: SendPlan, event: FakeEvent, signal: AbortSignal): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  try {
    const response = await fetch(plan.url, {
      method: 'POST',
      headers: plan.apiKey === undefined ? headers : { ...headers, 'x-api-key': plan.apiKey },
      body: JSON.stringify(event),
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
    });
    await response.arrayBuffer();
    return String(response.status);
  } catch {
    return 'noAnswer';
  }
}

function tally(summary: SendSummary, status: string): void {
  summary.statuses[status] = (summary.statuses[status] ?? 0) + 1;
  if (status.startsWith('2')) summary.accepted += 1;
  else summary.refused += 1;
}

/** An event as the source application sends it; `timestamp` is in Unix seconds. */
interface FakeEvent {
  id: string;
  name: string;
  body: string;
  timestamp: number;
}

const names = ['order-placed', 'order-paid', 'parcel-shipped', 'review-written'];

/** The `number`-th generated event, with an id of its own. */
export function createFakeEvent(number: number, nowMs: number): FakeEvent {
  const name = names[number % names.length] ?? 'event';
  const body = `Generated event ${number + 1}: ${name}`;
  return { id: randomUUID(), name, body, timestamp: Math.floor(nowMs / 1000) };
}
