import type { Clock } from '../../lib/ports.ts';
import { createFakeEvent, type FakeEvent } from './fake-event.ts';

const PARALLEL_SENDS = 10;
const ANSWER_TIMEOUT_MS = 30_000;
const SAMPLE_SIZE = 10;

export interface SendPlan {
  url: string;
  apiKey: string | undefined;
  count: number;
  /** Events per second, evenly spaced whatever the answers; undefined sends as fast as they are answered. */
  ratePerSecond: number | undefined;
}

/** What became of the events: each was posted once, and never again. */
export interface SendSummary {
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
