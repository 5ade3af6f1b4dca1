import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createS3Client } from '../../lib/aws/s3-client.ts';
import { createS3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import type { Fact } from '../../lib/event/fact.ts';
import { IDENTITY } from '../../local/layout.ts';
import { type RunningStart, startLocalRun } from '../support/start-process.ts';
import { waitUntil } from '../support/wait-until.ts';

const EVENT = { id: 'e-1', name: 'order.placed', body: 'hello', timestamp: 1_767_225_600_000 };
const JSON_TYPE = { 'content-type': 'application/json' };

let folder: string;
let run: RunningStart;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orchestrator-http-'));
  run = await startLocalRun(folder, ['--archive-seconds', '1', '--api-key', 'key-1']);
});
afterAll(async () => {
  run?.killGroup('SIGTERM');
  await run?.exited;
  await rm(folder, { recursive: true, force: true });
});

interface Answer {
  status: number | undefined;
  type: string | undefined;
  headers: Record<string, unknown>;
  body: Record<string, unknown>;
}

function call(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body: string | Buffer = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { method, headers: { ...headers, 'content-length': Buffer.byteLength(body) } };
    const sent = request(`${run.endpoints.api}${path}`, options, async (response) => {
      const text = await response.reduce((all: string, chunk) => all + chunk, '');
      const { 'content-type': type } = response.headers;
      const parsed = JSON.parse(text as string) as Record<string, unknown>;
      resolve({ status: response.statusCode, type, headers: response.headers, body: parsed });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function post(body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return call('POST', '/events', { ...JSON_TYPE, 'x-api-key': 'key-1', ...headers }, text);
}

function notUtf8(): Buffer {
  return Buffer.concat([Buffer.from('{"id":"x'), Buffer.from([0xff]), Buffer.from('"}')]);
}

describe('POST /events', () => {
  it('answers 202 with what the source needs to follow its event', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const answer = await post(EVENT, { traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
    expect(answer).toMatchObject({
      status: 202,
      type: 'application/json',
      body: {
        message: 'Event accepted',
        event: { id: 'e-1', status: 'PENDING', traceId, durability: 'stream' },
      },
    });
  });

  it('takes a header name in any case, and bytes that the gateway hands on as base64', async () => {
    const event = { ...EVENT, id: 'e-2', body: 'žluťoučký 🐎' };
    const headers = { 'CONTENT-TYPE': 'application/vnd.events+json', 'X-Api-Key': 'key-1' };
    const answer = await call('POST', '/events', headers, JSON.stringify(event));
    expect(answer.status).toBe(202);
  });

  it.each([
    ['no key', 401, () => call('POST', '/events', JSON_TYPE, JSON.stringify(EVENT))],
    ['a wrong key', 403, () => post(EVENT, { 'x-api-key': 'key-2' })],
    ['a body that is not JSON', 400, () => post('{"id":')],
    ['no body', 400, () => post('')],
    ['another content type', 415, () => post(EVENT, { 'content-type': 'text/plain' })],
    ['an event above 256 KiB', 413, () => post({ ...EVENT, body: 'x'.repeat(256 * 1024) })],
    ['a body above 10 MB', 413, () => post(Buffer.alloc(10 * 1024 * 1024 + 1, 32))],
    ['bad fields', 422, () => post({ id: '', timestamp: 'soon' })],
    [
      'half of a surrogate pair',
      422,
      () => post('{"id":"x\\ud800","name":"n","body":"b","timestamp":1}'),
    ],
    [
      'bytes that are not UTF-8',
      400,
      () => post(notUtf8(), { 'content-type': 'application/x+json' }),
    ],
    ['a key that reaches a prototype', 422, () => post('{"id":"x","__proto__":{}}')],
    ['a path that does not exist', 404, () => call('GET', '/nothing')],
    ['a method that events do not take', 405, () => call('DELETE', '/events')],
    ['a method that health does not take', 405, () => call('DELETE', '/health')],
  ])('refuses %s with %i and says what to do', async (_, status, send) => {
    const answer = await send();
    expect(answer).toMatchObject({
      status,
      type: 'application/problem+json',
      body: { status, title: expect.any(String), detail: expect.stringMatching(/\w+ \w+/) },
    });
  });

  it('lists every bad field', async () => {
    const { body } = await post({ id: '', name: 3, timestamp: 'soon' });
    const errors = body.errors as { field: string }[];
    expect(errors.map(({ field }) => field)).toEqual(['id', 'name', 'body', 'timestamp']);
  });

  it('names the methods that a path takes', async () => {
    expect((await call('PUT', '/events')).headers.allow).toBe('POST, GET');
  });
});

describe('GET /events?id=…', () => {
  const read = (id: string, key: Record<string, string> = { 'x-api-key': 'key-1' }) =>
    call('GET', `/events?id=${encodeURIComponent(id)}`, key);

  it('says that an event is delivered, within seconds', async () => {
    const id = 'odd & +id?=%,#/é🎈';
    expect((await post({ ...EVENT, id })).status).toBe(202);
    await waitUntil('the state to be known', async () => {
      const { status, body } = await read(id);
      return status === 200 && (body.event as { state: string }).state === 'delivered';
    });
    const { body } = await read(id);
    expect(body).toMatchObject({
      event: { id, attempts: [{ outcome: 'delivered', status: 200 }], traceId: expect.any(String) },
    });
  });

  it.each([
    ['no key', 401, () => read('e-1', {})],
    ['a wrong key', 403, () => read('e-1', { 'x-api-key': 'key-2' })],
    ['an id that nobody sent', 404, () => read('never sent')],
    ['an id that no event can have', 422, () => read('a\u0000b')],
    ['no id', 422, () => call('GET', '/events', { 'x-api-key': 'key-1' })],
  ])('refuses %s with %i', async (_, status, send) => {
    expect(await send()).toMatchObject({ status, type: 'application/problem+json' });
  });
});

describe('health', () => {
  it.each(['/health', '/events/health'])('GET %s answers OK without a key', async (path) => {
    expect(await call('GET', path)).toMatchObject({ status: 200, body: { message: 'OK' } });
  });
});

describe('an accepted event', () => {
  it('is at the target with its brand and the time in seconds', async () => {
    const query = '{ getItem(id: "e-1") { id name body timestamp brand } }';
    const read = async () => {
      const response = await fetch(`${run.endpoints.target}/graphql`, {
        method: 'POST',
        headers: JSON_TYPE,
        body: JSON.stringify({ query }),
      });
      const { data } = (await response.json()) as { data: { getItem: unknown } };
      return data.getItem;
    };
    await waitUntil('the event at the target', async () => (await read()) !== null);
    const item = { ...EVENT, timestamp: 1_767_225_600, brand: 'testBrand' };
    expect(await read()).toEqual(item);
  });

  it('is in the archive: valid gzip, one JSON object a line, under its date and hour', async () => {
    const client = createS3Client({ endpoint: run.endpoints.s3, identity: IDENTITY });
    const archive = createS3ObjectStore({ client, bucket: run.endpoints.archiveBucket });
    const facts: Fact[] = [];
    await waitUntil('both facts in the archive', async () => {
      facts.length = 0;
      for await (const { key } of archive.list('')) {
        expect(key).toMatch(/^facts\/dt=\d{4}-\d\d-\d\d\/hh=\d\d\/orchestrator-archive-1-.*\.gz$/);
        const text = gunzipSync((await archive.get(key)) ?? '').toString();
        expect(text.endsWith('\n')).toBe(true);
        facts.push(
          ...text
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line) as Fact),
        );
      }
      return facts.filter(({ eventId }) => eventId === 'e-1').length >= 2;
    });
    const types = facts.filter(({ eventId }) => eventId === 'e-1').map(({ type }) => type);
    expect(types.sort()).toEqual(['delivered', 'received']);
    expect(
      facts.find(({ eventId, type }) => eventId === 'e-1' && type === 'received'),
    ).toMatchObject({ payload: EVENT });
  });
});
