import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { classify, classifyLookup } from '../../../lib/dispatch/classify.ts';
import { createGraphQlTarget } from '../../../lib/dispatch/graphql-target.ts';
import type { TargetAnswer } from '../../../lib/ports.ts';
import { startTarget, type TargetOptions } from '../../../local/target/start-target.ts';

const CALL = { traceId: 'f'.repeat(32) };
const itemOf = (id: string) => ({
  id,
  name: 'n',
  body: 'b',
  timestamp: 1_767_225_600,
  brand: 'acme',
});

async function openTarget(options: TargetOptions = {}, timeoutMs = 2000) {
  const running = await startTarget(options);
  onTestFinished(() => running.close());
  return { running, target: createGraphQlTarget({ url: running.graphqlUrl, timeoutMs }) };
}

async function serve(answer: RequestListener, timeoutMs = 300) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return createGraphQlTarget({ url: `http://127.0.0.1:${port}/graphql`, timeoutMs });
}

/** What each item of the answer came to. */
function kindsOf(answer: TargetAnswer, judge: typeof classifyLookup = classify): string[] {
  const fields = answer.kind === 'response' ? answer.fields : [''];
  return fields.map((field) => judge(answer, field, Date.now()).kind);
}

describe('the GraphQL target', () => {
  it('creates an item with every field', async () => {
    const { target, running } = await openTarget();
    expect(kindsOf(await target.createItems([itemOf('ž 🐎')], CALL))).toEqual(['delivered']);
    const response = await fetch(running.graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ getItems { id name body timestamp brand } }' }),
    });
    expect(await response.json()).toEqual({ data: { getItems: [itemOf('ž 🐎')] } });
    expect(running.stats().idempotencyKeys).toBe(1);
  });

  it('creates several in one request', async () => {
    const { target, running } = await openTarget();
    const answer = await target.createItems(['a', 'b', 'c'].map(itemOf), CALL);
    expect(kindsOf(answer)).toEqual(['delivered', 'delivered', 'delivered']);
    expect(running.stats()).toMatchObject({ calls: 1, created: 3 });
  });

  it('takes nothing for granted of the others when one of several fails and the server drops all data', async () => {
    const { target } = await openTarget();
    await target.createItems([itemOf('b')], CALL);
    const answer = await target.createItems(['a', 'b', 'c'].map(itemOf), CALL);
    // `createItem: Item!` makes the whole of `data` null; that a was created and c was not, only a lookup can tell.
    expect(kindsOf(answer)).toEqual(['transient', 'duplicate', 'transient']);
    const looked = await target.getItems(['a', 'c', 'd'], CALL);
    expect(kindsOf(looked, classifyLookup)).toEqual(['delivered', 'absent', 'absent']);
  });

  it('says that an id exists, and for how long it is throttled', async () => {
    const { target, running } = await openTarget();
    await target.createItems([itemOf('a')], CALL);
    expect(kindsOf(await target.createItems([itemOf('a')], CALL))).toEqual(['duplicate']);
    running.change({ limitPerSecond: 1 });
    await target.getItems(['a'], CALL);
    const throttled = classify(await target.getItems(['a'], CALL), 'getItem', Date.now());
    expect(throttled).toMatchObject({ kind: 'throttled', retryAfterMs: 1000 });
  });

  it.each([
    ['500', { errorShare: 1 }, { code: 'INTERNAL_SERVER_ERROR', ambiguous: false }],
    ['a lost response', { lostResponseShare: 1 }, { ambiguous: true }],
    ['an answer that is too late', { latencyMs: 5000 }, { code: 'TIMEOUT', ambiguous: true }],
  ])('takes %s for transient', async (_, options, details) => {
    const { target } = await openTarget(options, 300);
    const outcome = classify(await target.createItems([itemOf('a')], CALL), 'createItem', 0);
    expect(outcome).toMatchObject({ kind: 'transient', ...details });
  });

  it('knows that a refused connection never reached the target', async () => {
    const gone = await startTarget();
    await gone.close();
    const target = createGraphQlTarget({ url: gone.graphqlUrl, timeoutMs: 1000 });
    const outcome = classify(await target.createItems([itemOf('a')], CALL), 'createItem', 0);
    expect(outcome).toMatchObject({ kind: 'transient', ambiguous: false, code: 'ECONNREFUSED' });
  });

  it.each([
    ['a page of HTML with status 502', 502, '<html>Bad Gateway</html>', 'transient'],
    ['a page of HTML with status 200', 200, '<html>login</html>', 'transient'],
    ['nothing', 200, '', 'transient'],
    ['an empty object', 200, '{}', 'transient'],
    ['errors that are no list', 200, '{"errors":{"message":"x"}}', 'transient'],
    ['errors without messages', 200, '{"errors":[{}]}', 'rejected'],
    ['a bad request', 400, '{"errors":[{"message":"x"}]}', 'rejected'],
  ])('does not trip over %s', async (_, status, body, kind) => {
    const target = await serve((_request, response) => {
      response.statusCode = status;
      response.setHeader('content-type', 'application/json');
      response.end(body);
    });
    const outcome = classify(await target.createItems([itemOf('a')], CALL), 'createItem', 0);
    expect(outcome.kind).toBe(kind);
  });

  it('gives up on a body that never ends', async () => {
    const target = await serve((_request, response) => {
      response.write('{"data":');
    });
    const outcome = classify(await target.createItems([itemOf('a')], CALL), 'createItem', 0);
    expect(outcome).toMatchObject({ kind: 'transient', ambiguous: true, code: 'TIMEOUT' });
  });

  it('carries the trace and an idempotency key that fits a header', async () => {
    const seen: Record<string, unknown>[] = [];
    const target = await serve((request, response) => {
      seen.push(request.headers);
      response.setHeader('content-type', 'application/json');
      response.end('{"data":{"createItem":{"id":"x"}}}');
    });
    await target.createItems([itemOf('é 1')], CALL);
    expect(seen[0]).toMatchObject({
      'idempotency-key': '%C3%A9%201',
      traceparent: expect.stringMatching(/^00-f{32}-[0-9a-f]{16}-01$/),
    });
  });
});
