import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../../lib/percentile.ts';
import { generateEvent } from './generate-event.ts';
import type { Poster, PostResult } from './post-event.ts';

/** The source is promised an answer within this. */
const PROMISED_MS = 500;

interface SendOptions {
  count: number;
  ratePerSecond: number;
  /** POSTs under way at once. */
  concurrency: number;
  poster: Poster;
  /** Ends sending before `count` is reached; what is under way is answered. */
  signal?: AbortSignal;
  /** Called for every answer as it comes, in order of arrival. */
  onResult?: (eventId: string, result: PostResult) => void;
}

/** What became of the POSTs. */
export interface SendReport {
  sent: number;
  accepted: number;
  refused: number;
  /** POSTs without an answer: the source does not know what became of them. */
  unanswered: number;
  /** How often each status was answered. */
  statuses: Record<string, number>;
  /** The first few refusals, in words. */
  details: string[];
  latencyMs: { p50: number; p99: number; max: number };
  /** Answers that took longer than 500 ms, and POSTs without one. */
  missed: number;
  seconds: number;
  ratePerSecond: number;
}

/**
 * Posts `count` generated events, each once, at a steady rate: event n starts n ÷ rate after the first, or as soon as fewer
 * than `concurrency` are under way.
 */
export async function sendEvents(options: SendOptions): Promise<SendReport> {
  const { count, ratePerSecond, concurrency, poster, signal, onResult } = options;
  const startedMs = performance.now();
  const results: PostResult[] = [];
  const underWay = new Set<Promise<void>>();
  for (let index = 0; index < count && !signal?.aborted; index++) {
    const waitMs = startedMs + (index * 1000) / ratePerSecond - performance.now();
    if (waitMs > 0) await delay(waitMs);
    while (underWay.size >= concurrency) await Promise.race(underWay);
    const event = generateEvent(index);
    const call = poster.post(event).then((result) => {
      results.push(result);
      onResult?.(event.id, result);
      underWay.delete(call);
    });
    underWay.add(call);
  }
  await Promise.all(underWay);
  return reportOf(results, (performance.now() - startedMs) / 1000);
}

function reportOf(results: PostResult[], seconds: number): SendReport {
  const statuses: Record<string, number> = {};
  for (const { status } of results) {
    const key = String(status ?? 'no answer');
    statuses[key] = (statuses[key] ?? 0) + 1;
  }
  const accepted = results.filter(isAccepted).length;
  const unanswered = results.filter(({ status }) => status === undefined).length;
  const latencies = results.map(({ latencyMs }) => latencyMs);
  const late = ({ status, latencyMs }: PostResult) =>
    status === undefined || latencyMs > PROMISED_MS;
  const failures = results.filter((result) => !isAccepted(result));
  return {
    sent: results.length,
    accepted,
    refused: results.length - accepted - unanswered,
    unanswered,
    statuses,
    details: [...new Set(failures.map(({ detail }) => detail))].slice(0, 5),
    latencyMs: {
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      max: percentile(latencies, 1),
    },
    missed: results.filter(late).length,
    seconds,
    ratePerSecond: results.length / seconds,
  };
}

/** A 2xx is the source's proof that the event is durable. */
export function isAccepted({ status }: PostResult): boolean {
  return status !== undefined && status >= 200 && status < 300;
}
