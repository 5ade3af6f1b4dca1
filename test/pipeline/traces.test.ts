import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readArchive } from '../../lib/archive/read-archive.ts';
import { encodeFact } from '../../lib/event/encode.ts';
import type { Fact, ReceivedFact } from '../../lib/event/fact.ts';
import { percentile } from '../../lib/percentile.ts';
import { parkedKey } from '../../lib/recover/spill-key.ts';
import type { AuditReport } from '../../lib/replay/audit.ts';
import { SAMPLED } from '../../lib/trace-context.ts';
import { SETTINGS_FILE } from '../../scripts/settings-file.ts';
import { openStack, requireLive, type Stack } from '../../scripts/stack/stack.ts';
import { operate, send, start } from '../support/operator.ts';
import { expectedSpans, linesOfSpans } from '../support/otlp/expected-spans.ts';
import { startCollector, type TestCollector } from '../support/otlp/start-collector.ts';
import { deferredFact, receivedFact } from '../support/sample-facts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

/** More of them, and how late their spans come: `TRACED_EVENTS=1000 npx vitest run test/pipeline/traces.test.ts --disableConsoleIntercept`. */
const EVENTS = Number(process.env.TRACED_EVENTS ?? 200);
/** As promised in docs/traces.md. */
const MAX_DELAY_MS = 5000;

const PARENT = '00f067aa0ba902b7';
const SENT_SAMPLED = '5bf92f3577b34da6a3ce929d0e0e4736';
const SENT_UNSAMPLED = '6bf92f3577b34da6a3ce929d0e0e4736';

it('exports spans that equal the facts, id by id, within seconds, replays and failures included', async () => {
  const folder = await temporaryFolder('traces');
  const dataDir = join(folder, 'data');
  const collector = await startCollector();
  onTestFinished(() => collector.close());
  const { endpoints } = await start(dataDir, [
    ...['--otlp-endpoint', collector.url, '--otlp-headers', await headersFile(folder)],
    ...['--settings', await quickSettings(folder), '--recover-seconds', '1'],
    ...['--target-error-share', '0.2'],
  ]);
  const stack = await openStack({ 'data-dir': dataDir });
  onTestFinished(() => stack.close());
  const post = (id: string, traceparent: string) =>
    fetch(`${endpoints.api}/events`, {
      method: 'POST',
      headers: { 'x-api-key': endpoints.apiKey, 'content-type': 'application/json', traceparent },
      body: JSON.stringify({ id, name: 'order.placed', body: 'b', timestamp: 1_767_225_600 }),
    });
  await post('sampled', `00-${SENT_SAMPLED}-${PARENT}-01`);
  await post('unsampled', `00-${SENT_UNSAMPLED}-${PARENT}-00`);
  await requireLive(stack).journal.appendAll([malformed()]);
  await park(stack);
  await send(dataDir, EVENTS, join(folder, 'acked'), 100);
  await untilAllEnded(dataDir, stack);
  await operate('replay', dataDir, ['--dead-lettered', '--execute', '--reason', 'mended']);
  const ids = join(folder, 'ids');
  await writeFile(ids, 'sampled\n');
  await operate('replay', dataDir, ['--execute', '--reason', 'again', '--ids-file', ids]);
  await untilAllEnded(dataDir, stack);

  const facts = await factsOf(stack);
  const sampled = facts.filter(({ traceFlags = SAMPLED }) => (traceFlags & SAMPLED) !== 0);
  expect(facts.length - sampled.length).toBe(2);
  const expected = expectedSpans(sampled);
  await waitUntil('all spans', () => collector.spans().length >= expected.length);
  expect(linesOfSpans(collector.spans())).toEqual(expected);
  expectWholeTraces(collector);
  expectContents(collector, facts);
  expectInTime(collector);
});

async function headersFile(folder: string): Promise<string> {
  const path = join(folder, 'otlp-headers.json');
  await writeFile(path, '{"headers": {"Authorization": "Bearer collector"}}');
  return path;
}

async function quickSettings(folder: string): Promise<string> {
  const path = join(folder, 'settings.json');
  const settings = JSON.parse(await readFile(SETTINGS_FILE, 'utf8')) as object;
  await writeFile(path, JSON.stringify({ ...settings, parking_delay_seconds: 1 }));
  return path;
}

/** An event that dispatch can only dead-letter. */
function malformed(): ReceivedFact {
  const at = new Date().toISOString();
  return receivedFact({ eventId: 'malformed', at, payload: { id: 'malformed' } });
}

/** Parks an event that was received: it returns, and what it was tried before is in two facts. */
async function park(stack: Stack): Promise<void> {
  const at = new Date(Date.now() - 2000).toISOString();
  const attempt = { at, ms: 20, outcome: 'unavailable' as const, status: 503, error: 'BUSY: wait' };
  const parked = receivedFact({ eventId: 'parked', at });
  const { payload, ...head } = parked;
  const returned = { ...head, mayRepeat: true as const, deferral: 1, attempts: [attempt], payload };
  const key = parkedKey(returned, Date.now());
  const until = new Date().toISOString();
  await requireLive(stack).journal.appendAll([
    parked,
    deferredFact({ eventId: 'parked', at: until, until, receivedAt: at, attempts: [attempt] }),
  ]);
  await stack.spill?.put(key, encodeFact(returned), { contentType: 'application/json' });
}

async function factsOf(stack: Stack): Promise<Fact[]> {
  const facts: Fact[] = [];
  for await (const batch of readArchive(stack.archive))
    for (const entry of batch) if (entry.kind === 'fact') facts.push(entry.fact);
  return facts;
}

async function untilAllEnded(dataDir: string, stack: Stack): Promise<void> {
  await waitUntil('the archive of all ended events', async () => {
    const { answer } = await operate<AuditReport>('audit', dataDir, []);
    if (answer.unarchived.facts > 0) return false;
    const facts = await factsOf(stack);
    const begun = new Set(
      facts.flatMap((fact) => (fact.type === 'received' ? deliveryOf(fact) : [])),
    );
    const ended = new Set(
      facts.flatMap((fact) => (fact.type === 'received' ? [] : deliveryOf(fact))),
    );
    return begun.size > EVENTS / 2 && [...begun].every((one) => ended.has(one));
  });
}

/** A deferral ends the delivery before it. */
function deliveryOf({ type, eventId, replay, deferral = 0 }: Fact): string {
  return `${eventId} ${replay?.runId} ${type === 'deferred' ? deferral - 1 : deferral}`;
}

/** Ids are unique, and each parent is there. */
function expectWholeTraces(collector: TestCollector): void {
  const spans = new Map(collector.spans().map((span) => [span.spanId, span]));
  expect(spans.size).toBe(linesOfSpans(collector.spans()).length);
  for (const { parentSpanId, traceId, name } of spans.values()) {
    if (name === 'received') expect(['', PARENT]).toContain(parentSpanId);
    else expect(spans.get(parentSpanId)).toMatchObject({ traceId });
  }
}

function expectContents(collector: TestCollector, facts: readonly Fact[]): void {
  const spans = collector.spans();
  for (const { headers } of collector.requests)
    expect(headers.authorization).toBe('Bearer collector');
  const [first] = spans.filter(({ traceId }) => traceId === SENT_SAMPLED);
  expect(first).toMatchObject({ name: 'received', parentSpanId: PARENT });
  const linked = spans.filter(({ links }) => links.length > 0);
  expect(linked.map(({ attributes }) => attributes['messaging.message.id']).toSorted()).toEqual([
    ...['malformed', 'sampled'],
  ]);
  for (const { links, traceId } of linked) {
    const [link] = links;
    expect(spans.find(({ spanId }) => spanId === link?.spanId)).toMatchObject({
      name: 'received',
      traceId: link?.traceId,
    });
    expect(traceId).not.toBe(link?.traceId);
  }
  const failed = spans.filter(({ status }) => status.code === 2);
  expect(failed.length).toBeGreaterThan(EVENTS / 20);
  for (const { status } of failed) expect(status.message).not.toBe('');
  expect(spans.every(({ resource }) => resource['service.name'] === 'orchestrator-local')).toBe(
    true,
  );
  const ofParked = facts.filter(({ eventId }) => eventId === 'parked');
  expect(ofParked.some((fact) => 'carriedAttempts' in fact)).toBe(true);
}

/** From a fact to its spans at the collector. */
function expectInTime({ requests }: TestCollector): void {
  const delays = requests.flatMap(({ spans, atMs }) =>
    spans.flatMap(({ name, endMs }) =>
      name === 'queue' || name === 'attempt' ? [] : [atMs - endMs],
    ),
  );
  if (process.env.TRACED_EVENTS) printDelays(requests, delays);
  expect(Math.max(...delays)).toBeLessThanOrEqual(MAX_DELAY_MS);
}

function printDelays(requests: TestCollector['requests'], delays: number[]): void {
  const of = (share: number) => percentile(delays, share).toFixed(0);
  const spans = requests.reduce((sum, request) => sum + request.spans.length, 0);
  const bytes = requests.reduce((sum, request) => sum + request.bytes, 0);
  process.stdout.write(
    `${spans} spans in ${requests.length} requests, ${(bytes / spans).toFixed(0)} bytes each; ${delays.length} facts to the collector: p50 ${of(0.5)} ms, p99 ${of(0.99)} ms, max ${of(1)} ms\n`,
  );
}
