import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** One event that was sent, once. */
export interface SentEvent {
  id: string;
  /** Of the response; 0 for none. */
  status: number;
  ms: number;
}

/** A source in this process that remembers the outcome of each event. */
export interface Source {
  /** Every event with an outcome. */
  sent: SentEvent[];
  /** Adds an event that was sent in another way. */
  add(event: SentEvent): void;
  /** Sends at a steady rate until {@link Source.stop}, however late the responses are. May be called again after it. */
  start(): void;
  /** Sends no more, and resolves when every event has its outcome. */
  stop(): Promise<void>;
}

/** Without a response after so long, there is none. */
const GIVE_UP_MS = 20_000;

export function createSource(options: {
  url: string;
  apiKey: string;
  ratePerSecond: number;
}): Source {
  const { url, apiKey, ratePerSecond } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: 2000 });
  const sent: SentEvent[] = [];
  const posts = new Set<Promise<void>>();
  let isStopped = false;
  let sending: Promise<void> = Promise.resolve();

  function post(): void {
    const id = crypto.randomUUID();
    const startedMs = performance.now();
    const posting = postEvent(id, { url, apiKey, agent }).then((status) => {
      sent.push({ id, status, ms: performance.now() - startedMs });
      posts.delete(posting);
    });
    posts.add(posting);
  }

  async function send(): Promise<void> {
    const startedMs = performance.now();
    for (let n = 0; !isStopped; n++) {
      const waitMs = startedMs + (n * 1000) / ratePerSecond - performance.now();
      if (waitMs > 1) await delay(waitMs);
      post();
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
      agent.destroy();
    },
  };
}

/** The body of a `POST /events`. */
export function bodyOf(id: string): string {
  return JSON.stringify({
    id,
    name: 'order.placed',
    body: 'An event, made by the source of the fault table.',
    timestamp: 1_767_225_600,
  });
}

/** Resolves with the status; 0 without a response. */
function postEvent(
  id: string,
  { url, apiKey, agent }: { url: string; apiKey: string; agent: Agent },
): Promise<number> {
  const body = bodyOf(id);
  const headers = {
    'x-api-key': apiKey,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  };
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(GIVE_UP_MS);
    const options = { method: 'POST', agent, headers, signal };
    const sent = request(`${url}/events`, options, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
      response.on('error', () => resolve(0));
    });
    sent.on('error', () => resolve(0));
    sent.end(body);
  });
}
