import { resourceFromAttributes } from '@opentelemetry/resources';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock as clock } from '../../../lib/clock.ts';
import type { Fact } from '../../../lib/event/fact.ts';
import { createHttpClient } from '../../../lib/target/http-client.ts';
import { createCollector, tracesUrlOf } from '../../../lib/traces/collector.ts';
import { spansOf } from '../../../lib/traces/spans-of-fact.ts';
import { startCollector, type TestCollector } from '../../support/otlp/start-collector.ts';
import { deliveredFact, receivedFact } from '../../support/sample-facts.ts';

const source = { resource: resourceFromAttributes({ 'service.name': 'test' }) };
const FACTS: Fact[] = [receivedFact({ eventId: 'a' }), deliveredFact({ eventId: 'a' })];
const SPANS = FACTS.flatMap((fact) => spansOf(fact, source));

let collector: TestCollector;
beforeEach(async () => {
  collector = await startCollector();
  onTestFinished(() => collector.close());
});

function open({ timeoutMs = 2000, headers = {} as Record<string, string> } = {}) {
  let unauthorized = 0;
  const send = createCollector({
    endpoint: collector.url,
    send: createHttpClient({ timeoutMs, maxBytes: 10_000, clock, encoding: 'latin1' }),
    headers: async () => headers,
    onUnauthorized: () => {
      unauthorized += 1;
    },
    clock,
  });
  return { send, refusals: () => unauthorized };
}

describe('a collector', () => {
  it('gets the spans as compressed protobuf, with the headers of the secret', async () => {
    const { send } = open({ headers: { authorization: 'Bearer s' } });
    expect(await send(SPANS)).toEqual({ kind: 'taken', rejected: 0, detail: undefined });
    expect(collector.spans().map(({ name }) => name)).toEqual(['received', 'delivered', 'attempt']);
    expect(collector.requests[0]?.headers).toMatchObject({
      ...{ authorization: 'Bearer s', 'content-encoding': 'gzip' },
      'content-type': 'application/x-protobuf',
    });
  });

  it('may take a part of them', async () => {
    // ExportTraceServiceResponse { partial_success: { rejected_spans: 300 } }: 300 is no UTF-8.
    const body = Buffer.from([0x0a, 0x03, 0x08, 0xac, 0x02]);
    collector.respond = (response) =>
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end(body);
    expect(await open().send(SPANS)).toMatchObject({ kind: 'taken', rejected: 300 });
  });

  it.each([
    [429, { 'retry-after': '7' }, { kind: 'later', waitMs: 7000, detail: 'status 429' }],
    [503, {}, { kind: 'later', detail: 'status 503' }],
    [502, {}, { kind: 'later', detail: 'status 502' }],
    [504, {}, { kind: 'later', detail: 'status 504' }],
    [400, {}, { kind: 'refused', detail: 'status 400' }],
    [404, {}, { kind: 'refused', detail: 'status 404' }],
    [500, {}, { kind: 'refused', detail: 'status 500' }],
    [301, { location: '/elsewhere' }, { kind: 'refused', detail: 'status 301' }],
  ])('that responds with %i', async (status, headers, outcome) => {
    collector.respond = (response) => response.writeHead(status, headers).end('secret text');
    const { send, refusals } = open();
    expect(await send(SPANS)).toMatchObject(outcome);
    expect(refusals()).toBe(0);
  });

  it.each([401, 403])('that responds with %i has the headers read again', async (status) => {
    collector.respond = (response) => response.writeHead(status).end();
    const { send, refusals } = open();
    expect(await send(SPANS)).toMatchObject({ kind: 'refused' });
    expect(refusals()).toBe(1);
  });

  it('that does not respond is given up', async () => {
    collector.respond = () => undefined;
    expect(await open({ timeoutMs: 50 }).send(SPANS)).toEqual({ kind: 'later', detail: 'TIMEOUT' });
  });

  it('that is not there may come', async () => {
    const { send } = open();
    await collector.close();
    expect(await send(SPANS)).toMatchObject({
      kind: 'later',
      detail: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('that resets a kept connection gets the request once more', async () => {
    const { send } = open();
    await send(SPANS);
    let isFirst = true;
    collector.respond = (response) => {
      if (!isFirst) response.writeHead(200).end();
      else response.socket?.resetAndDestroy();
      isFirst = false;
    };
    expect(await send(SPANS)).toMatchObject({ kind: 'taken' });
    expect(collector.requests).toHaveLength(3);
  });

  it('gets nothing while the headers cannot be read', async () => {
    const send = createCollector({
      endpoint: collector.url,
      send: createHttpClient({ timeoutMs: 500, maxBytes: 100, clock, encoding: 'latin1' }),
      headers: () => Promise.reject(new Error('otlp-headers cannot be read')),
      onUnauthorized: () => undefined,
      clock,
    });
    expect(await send(SPANS)).toEqual({ kind: 'later', detail: 'otlp-headers cannot be read' });
    expect(collector.requests).toEqual([]);
  });
});

describe('tracesUrlOf', () => {
  it.each([
    ['http://localhost:4318', 'http://localhost:4318/v1/traces'],
    ['https://otlp.example.com/otlp/', 'https://otlp.example.com/otlp/v1/traces'],
    ['https://example.com/v1/traces', 'https://example.com/v1/traces'],
    ['https://example.com/v1/traces?tenant=a', 'https://example.com/v1/traces?tenant=a'],
  ])('of %s', (endpoint, url) => {
    expect(tracesUrlOf(endpoint).href).toBe(url);
  });
});
