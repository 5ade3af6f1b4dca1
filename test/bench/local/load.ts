/**
 * A source in a process of its own: `node load.ts URL API_KEY RATE SECONDS KEEP_ALIVE` posts events at a steady rate, however late the answers are, and prints
 * what it got as one line of JSON ({@link LoadResult}).
 */
import { Agent, request } from 'node:http';
import { percentile } from '../../../lib/percentile.ts';
import { createFakeEvent } from '../../../local/target/send-fake-data.ts';

export interface LoadResult {
  /** Answers by status; 0 for none. */
  statuses: Record<number, number>;
  /** Of all answers, refusals included, in milliseconds. */
  latencyMs: { p50: number; p99: number; p999: number; max: number };
  over500: number;
  acknowledged: number;
  seconds: number;
  /** Processor time of this process while it posted. */
  cpuMs: number;
}

const [url = '', key = '', rate = '', seconds = '', keepAlive = 'true'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: keepAlive === 'true', maxSockets: 2000 });
const latencies: number[] = [];
const statuses: Record<number, number> = {};

function post(n: number): Promise<void> {
  const body = JSON.stringify(createFakeEvent(n, Date.now()));
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const end = (status: number) => {
      latencies.push(performance.now() - startedMs);
      statuses[status] = (statuses[status] ?? 0) + 1;
      resolve();
    };
    const headers = {
      'x-api-key': key,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const sent = request(`${url}/events`, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => end(response.statusCode ?? 0));
    });
    sent.on('error', () => end(0));
    sent.end(body);
  });
}

const count = Number(rate) * Number(seconds);
const posts: Promise<void>[] = [];
const startedMs = performance.now();
const startedCpu = process.cpuUsage();
for (let n = 0; n < count; n++) {
  const waitMs = startedMs + (n * 1000) / Number(rate) - performance.now();
  if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
  posts.push(post(n));
}
await Promise.all(posts);
const { user, system } = process.cpuUsage(startedCpu);
const sorted = latencies.toSorted((a, b) => a - b);
const result: LoadResult = {
  statuses,
  latencyMs: {
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    p999: percentile(sorted, 0.999),
    max: sorted.at(-1) ?? 0,
  },
  over500: sorted.filter((ms) => ms > 500).length,
  acknowledged: statuses[202] ?? 0,
  seconds: (performance.now() - startedMs) / 1000,
  cpuMs: (user + system) / 1000,
};
console.log(JSON.stringify(result));
process.exit(0);
