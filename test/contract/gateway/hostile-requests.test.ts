import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../../../local/gateway/gateway.ts';
import { createFunction, type LocalFunction } from '../../../local/lambda/function.ts';
import { buildHandlers } from '../../../scripts/build.ts';
import {
  bytesOf,
  type HttpExample,
  headersOf,
  readExamples,
  textsOf,
} from '../../support/http-examples.ts';

const categories = await readExamples('hostile-requests');

/** Stands where Kinesis would: whoever connects has something to append. */
const journal = createServer((socket) => {
  journalConnections += 1;
  socket.destroy();
});
let journalConnections = 0;
let folder: string;
let ingest: LocalFunction;
let invocations = 0;
let gateway: Gateway;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orchestrator-hostile-'));
  await new Promise<void>((resolve) => journal.listen(0, '127.0.0.1', resolve));
  const { port } = journal.address() as AddressInfo;
  const bundles = await buildHandlers(folder);
  ingest = createFunction({
    name: 'ingest',
    bundle: bundles.find(({ name }) => name === 'ingest')?.path ?? '',
    timeoutMs: 5000,
    memoryMb: 256,
    maxEnvironments: 1,
    environment: {
      STREAM_NAME: 'journal',
      KINESIS_ENDPOINT: `http://127.0.0.1:${port}`,
      SPILL_BUCKET: 'spill',
      S3_ENDPOINT: `http://127.0.0.1:${port}`,
    },
  });
  gateway = await startGateway({
    port: 0,
    routes: [
      {
        method: 'POST',
        path: '/events',
        invoke: (event, options) => {
          invocations += 1;
          return ingest.invoke(event, options);
        },
        authorized: false,
      },
    ],
  });
});
afterAll(async () => {
  await gateway?.close();
  await ingest?.stop();
  journal.close();
  await rm(folder, { recursive: true, force: true });
});

/** Sends the headers as they are, which `fetch` would tidy up. */
function post(
  headers: [string, string][],
  body: Buffer,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const all = [...headers, ['host', 'localhost'], ['content-length', String(body.length)]];
    const outgoing = request(`${gateway.url}/events`, { method: 'POST', headers: all.flat() });
    outgoing.on('error', reject).on('response', async (response) => {
      resolve({ status: response.statusCode ?? 0, body: await text(response) });
    });
    outgoing.end(body);
  });
}

async function expectRefusal(example: HttpExample): Promise<void> {
  const answer = await post(headersOf(example), bytesOf(example));
  const said = textsOf(answer.body);
  expect({ name: example.name, status: answer.status, said }).toMatchObject({
    name: example.name,
    status: example.status,
  });
  for (const words of example.says ?? []) expect(said).toContain(words);
}

describe('through the HTTP front and the function in its own process', () => {
  it.each(categories)('refuses every request of %s', async (_, examples) => {
    for (const example of examples) await expectRefusal(example);
    expect(journalConnections).toBe(0);
  });

  it('would have noticed an append', async () => {
    const body = '{"id":"e-1","name":"n","body":"b","timestamp":1767225600}';
    const { status } = await post([['content-type', 'application/json']], Buffer.from(body));
    expect(status).toBe(503);
    expect(journalConnections).toBeGreaterThan(0);
  });

  it.each([
    ['a header above 10 KB', [['x-long', 'x'.repeat(11_000)]], 431],
    [
      'many headers, above 10 KB together',
      Array.from({ length: 200 }, (_, i) => [`x-${i}`, 'v'.repeat(60)]),
      431,
    ],
  ])('refuses %s before any function sees it', async (_, headers, status) => {
    const before = invocations;
    const answered = await new Promise<number | undefined>((resolve, reject) => {
      const options = { method: 'POST', headers: ['host', 'localhost', ...headers.flat()] };
      const outgoing = request(`${gateway.url}/events`, options);
      outgoing.on('error', reject).on('response', (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      outgoing.end();
    });
    expect(answered).toBe(status);
    expect(invocations).toBe(before);
  });
});
