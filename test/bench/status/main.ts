import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../../../lib/percentile.ts';
import { createFakeEvent } from '../../../local/target/send-fake-data.ts';
import { cpuBetween, startBenchRun } from '../local/run.ts';
import { runParts } from '../run-parts.ts';
import { readProcessorTime, stolenShare } from '../stolen-time.ts';

const SECONDS = 30;
const EVENTS_PER_SECOND = 100;
const READS_PER_SECOND = 100;
/** Interval at which an event is chosen whose state is followed until it is delivered, in milliseconds. */
const FOLLOW_EVERY_MS = 500;
const POLL_MS = 100;
const FAST_TARGET = 2000;

/** `npm run bench -- status`: how soon a state is visible, and how fast `GET /events?id=…` answers beside a load of events. */
export const main = (argv: string[]): Promise<number> => runParts(argv, { reads });

interface EventState {
  id: string;
  state: string;
  deliveredAt?: string;
}

async function reads(): Promise<void> {
  const run = await startBenchRun(FAST_TARGET);
  try {
    const client = createClient(run.endpoints);
    await client.post(0);
    await delay(3000);
    const machine = await readProcessorTime();
    const before = await run.processes();
    const figures = await measure(client);
    const { run: cpuMs } = cpuBetween(before, await run.processes());
    const stolen = stolenShare(machine, await readProcessorTime());
    console.log(
      `\n${SECONDS} s with ${EVENTS_PER_SECOND} events and ${READS_PER_SECOND} reads a second, ${(cpuMs / (SECONDS * 10)).toFixed(0)} % of a core, ${(stolen * 100).toFixed(0)} % stolen`,
    );
    for (const [name, values] of Object.entries(figures)) console.log(line(name, values));
  } finally {
    await run.stop();
  }
}

function line(name: string, values: number[]): string {
  const of = (share: number) => percentile(values, share).toFixed(0).padStart(6);
  return `  ${name.padEnd(34)} n ${String(values.length).padStart(5)}   p50 ${of(0.5)} ms   p99 ${of(0.99)} ms   max ${of(1)} ms`;
}

async function measure(client: ReturnType<typeof createClient>) {
  const figures = {
    'POST /events': [] as number[],
    'GET /events?id=': [] as number[],
    'visible after it was delivered': [] as number[],
  };
  const known: string[] = [];
  let n = 1;
  const posting = steadily(EVENTS_PER_SECOND, async () => {
    const { id, status, ms } = await client.post(n++);
    figures['POST /events'].push(ms);
    if (status === 202) known.push(id);
  });
  const reading = steadily(READS_PER_SECOND, async () => {
    const id = known[Math.floor(Math.random() * known.length)] ?? 'none';
    figures['GET /events?id='].push((await client.read(id)).ms);
  });
  const following = steadily(1000 / FOLLOW_EVERY_MS, async () => {
    const id = known.at(-1);
    for (; id !== undefined; await delay(POLL_MS)) {
      const { event } = await client.read(id);
      if (event?.deliveredAt === undefined) continue;
      const lagMs = Date.now() - Date.parse(event.deliveredAt);
      return void figures['visible after it was delivered'].push(lagMs);
    }
  });
  await Promise.all([posting, reading, following]);
  return figures;
}

/** Begins `work` at a steady rate, however long it takes. */
async function steadily(perSecond: number, work: () => Promise<void>): Promise<void> {
  const startedMs = performance.now();
  const all: Promise<void>[] = [];
  for (let index = 0; index < perSecond * SECONDS; index++) {
    const waitMs = startedMs + (index * 1000) / perSecond - performance.now();
    if (waitMs > 1) await delay(waitMs);
    all.push(work());
  }
  await Promise.all(all);
}

function createClient({ api, apiKey }: { api: string; apiKey: string }) {
  const agent = new Agent({ keepAlive: true, maxSockets: 200 });
  const headers = { 'x-api-key': apiKey, 'content-type': 'application/json' };

  function call(method: string, path: string, body = '') {
    const startedMs = performance.now();
    return new Promise<{ status: number; ms: number; text: string }>((resolve, reject) => {
      const sent = request(`${api}${path}`, { method, agent, headers }, async (response) => {
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve({ status: response.statusCode ?? 0, ms: performance.now() - startedMs, text });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  return {
    async post(n: number) {
      const event = createFakeEvent(n, Date.now());
      return { id: event.id, ...(await call('POST', '/events', JSON.stringify(event))) };
    },
    async read(id: string) {
      const { status, ms, text } = await call('GET', `/events?id=${encodeURIComponent(id)}`);
      if (status !== 200 && status !== 404) throw new Error(`GET answered ${status}: ${text}`);
      const { event } = JSON.parse(text) as { event?: EventState };
      return { ms, event };
    },
  };
}
