/**
 * The reference: the same job, built with BullMQ and Redis. `node bullmq-main.ts FOLDER RATE` serves `POST /events`, puts each event into a queue, and prints
 * its addresses as one line of JSON. A worker in its own process delivers the events with their brand. Redis keeps an append-only file, synced every second.
 * It has no archive, traces or status.
 */
import { fork, spawn } from 'node:child_process';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { checkSourceEvent } from '../../../lib/event/source-event.ts';
import { startTargetProcess } from '../../../local/target-process.ts';

const API_KEY = 'reference';
const QUEUE = 'events';

const [folder = '', rate = ''] = process.argv.slice(2);
const socket = join(folder, 'redis.sock');

const redis = spawn(
  'redis-server',
  ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', '', '--appendonly', 'yes'],
  { stdio: 'ignore' },
);
const target = await startTargetProcess({
  port: 0,
  database: join(folder, 'target.db'),
  limit: Number(rate),
  flags: [],
});
const worker = fork(join(import.meta.dirname, 'bullmq-worker.ts'), [
  socket,
  QUEUE,
  `${target.ready.url}/graphql`,
  rate,
]);
const queue = new Queue(QUEUE, {
  connection: { path: socket },
  defaultJobOptions: {
    attempts: 10,
    backoff: { type: 'exponential', delay: 200 },
    removeOnComplete: true,
  },
});
await queue.waitUntilReady();

const server = createServer(async (request, response) => {
  const status = await accept(request).catch(() => 503);
  response.writeHead(status).end();
}).listen(0, '127.0.0.1', () => {
  const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  console.log(JSON.stringify({ api, apiKey: API_KEY, target: target.ready.url }));
});

async function accept(request: IncomingMessage): Promise<number> {
  if (request.headers['x-api-key'] !== API_KEY) return 403;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const check = checkSourceEvent(JSON.parse(Buffer.concat(chunks).toString()));
  if (!check.valid) return 422;
  await queue.add('event', check.event, { jobId: check.event.id });
  return 202;
}

process.on('SIGTERM', async () => {
  worker.kill();
  redis.kill();
  await Promise.race([target.stop(), delay(2000)]);
  process.exit();
});
