import { setTimeout as delay } from 'node:timers/promises';
import { createFakeEvent } from '../../../local/target/send-fake-data.ts';
import { createPoster } from '../../../scripts/source/post-event.ts';

/** An event that was sent, once. */
export interface SentEvent {
  id: string;
  /** The response's status; `undefined` without a response. */
  status: number | undefined;
  latencyMs: number;
}

/** A source in this process that remembers the outcome of each event. */
export interface Source {
  /** All events with an outcome. */
  sent: SentEvent[];
  /** Adds an event that was sent in another way. */
  add(event: SentEvent): void;
  /** Sends at a steady rate until {@link Source.stop}, however late the responses are. May be called again after it. */
  start(): void;
  /** Sends no more, and resolves when every event has its outcome. */
  stop(): Promise<void>;
}

/** The longest wait for a response. */
const GIVE_UP_MS = 20_000;

export function createSource(options: {
  url: string;
  apiKey: string;
  ratePerSecond: number;
}): Source {
  const { url, apiKey, ratePerSecond } = options;
  const poster = createPoster({ url, apiKey, connections: 2000, timeoutMs: GIVE_UP_MS });
  const sent: SentEvent[] = [];
  const posts = new Set<Promise<void>>();
  let isStopped = false;
  let sending: Promise<void> = Promise.resolve();

  function post(n: number): void {
    const event = createFakeEvent(n, Date.now());
    const posting = poster.post(event).then(({ status, latencyMs }) => {
      sent.push({ id: event.id, status, latencyMs });
      posts.delete(posting);
    });
    posts.add(posting);
  }

  async function send(): Promise<void> {
    const startedMs = performance.now();
    for (let n = 0; !isStopped; n++) {
      const waitMs = startedMs + (n * 1000) / ratePerSecond - performance.now();
      if (waitMs > 1) await delay(waitMs);
      post(n);
    }
  }

  return {
    sent,
    add: (event) => sent.push(event),
    start() {
      isStopped = false;
      sending = send();
    },
    async stop() {
      isStopped = true;
      await sending;
      await Promise.all(posts);
      poster.close();
    },
  };
}
