import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../lib/event/fact.ts';
import { idProblems } from '../../../lib/event/source-event.ts';
import type { HttpResponse } from '../../../lib/http.ts';
import type { EventFacts } from '../../../lib/ports.ts';
import { createStatusHandler } from '../../../lib/status/create-status-handler.ts';
import type { EventView } from '../../../lib/status/event-view.ts';
import { rowOf } from '../../../lib/status/rows.ts';
import { timelineOf } from '../../../lib/status/timeline.ts';
import { httpEvent } from '../../../local/gateway/http-event.ts';
import { requestParts } from '../../../local/gateway/request-parts.ts';
import { readOpenApi } from '../../support/openapi.ts';
import { createTestLog } from '../../support/test-log.ts';
import {
  deadLettered,
  deferred,
  delivered,
  dismissed,
  isoTime,
  NOON_MS,
  received,
} from '../../support/timed-facts.ts';

const openApi = await readOpenApi();

/** Answers a request for a query string, which comes with the key of that name, over a table of facts. */
async function ask(
  query: string,
  {
    facts = [],
    keyName = 'shop',
    failure,
    hasTable = true,
  }: { facts?: Fact[]; keyName?: string; failure?: Error; hasTable?: boolean } = {},
): Promise<HttpResponse & { asked: string[] }> {
  const asked: string[] = [];
  const table: EventFacts = {
    async of(eventId) {
      asked.push(eventId);
      if (failure) throw failure;
      const rows = facts.filter((fact) => fact.eventId === eventId).map(rowOf);
      return timelineOf(rows.flatMap((reading) => (reading.valid ? [reading.row] : [])));
    },
  };
  const parts = requestParts({
    ...{ method: 'GET', url: `/events${query}`, rawHeaders: [], httpVersion: '1.1' },
    socket: { remoteAddress: '127.0.0.1', localPort: 4000 } as never,
  });
  const request = { requestId: 'r', timeMs: 0, traceHeader: '', pathParameters: {} };
  const event = httpEvent(parts, { isBase64Encoded: false }, 0, {
    ...request,
    routeKey: 'GET /events',
  });
  const context = { ...event.requestContext, authorizer: { lambda: { keyName } } };
  const log = createTestLog({ errorsExpected: failure !== undefined });
  const handler = createStatusHandler(hasTable ? table : undefined, { log });
  const answer = (await handler(
    { ...event, requestContext: context } as never,
    {} as never,
  )) as HttpResponse;
  expect(openApi.answerProblems('/events', 'get', answer)).toEqual([]);
  return { ...answer, asked };
}

const viewOf = ({ body }: HttpResponse) => (JSON.parse(body) as { event: EventView }).event;
const keyed = (fact: Fact): Fact => ({ ...fact, keyName: 'shop' }) as Fact;
const replay = { runId: 'r', reason: 'mended' };
const later = { atMs: NOON_MS + 60_000, replay };

describe('GET /events?id=…', () => {
  it.each<[string, Fact[], Partial<EventView>]>([
    ['is on its way', [], { state: 'pending' }],
    [
      'is delivered',
      [delivered('e')],
      { state: 'delivered', deliveredAt: isoTime(NOON_MS + 1000) },
    ],
    [
      'is parked',
      [deferred('e', { untilMs: NOON_MS + 61_000 })],
      { state: 'deferred', nextAttemptAt: isoTime(NOON_MS + 61_000), errorCode: 'HTTP_503' },
    ],
    [
      'is dead-lettered',
      [deadLettered('e')],
      {
        ...{ state: 'deadLettered', deadLetteredAt: isoTime(NOON_MS + 1000) },
        ...{ reason: 'rejected', errorCode: 'HTTP_400' },
      },
    ],
    [
      'is dismissed',
      [deadLettered('e'), dismissed('e')],
      { state: 'dismissed', dismissedAt: isoTime(NOON_MS + 2000) },
    ],
    ['is replayed', [deadLettered('e'), received('e', later)], { state: 'pending' }],
    [
      'is delivered by a replay',
      [deadLettered('e'), received('e', later), delivered('e', { atMs: NOON_MS + 61_000, replay })],
      { state: 'delivered', deliveredAt: isoTime(NOON_MS + 61_000) },
    ],
  ])('says of an event that it %s', async (_, facts, view) => {
    const answer = await ask('?id=e', { facts: [...facts, keyed(received('e'))] });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(viewOf(answer)).toMatchObject({ id: 'e', receivedAt: isoTime(NOON_MS), ...view });
  });

  it('lists every attempt once, and no message of the target', async () => {
    const first = deferred('e');
    const facts = [
      ...[keyed(received('e')), first, received('e', { deferral: 1 })],
      { ...deadLettered('e', { atMs: NOON_MS + 70_000, deferral: 1 }) },
    ];
    const last = facts[3] as Extract<Fact, { type: 'deadLettered' }>;
    last.attempts = [...first.attempts, ...last.attempts];
    const answer = await ask('?id=e', { facts });
    expect(viewOf(answer).attempts).toEqual(last.attempts);
    expect(answer.body).not.toContain(last.error.message);
  });

  it('says that two bodies came under one id', async () => {
    const facts = [
      keyed(received('e')),
      keyed(received('e', { name: 'other', atMs: NOON_MS + 5 })),
    ];
    expect(viewOf(await ask('?id=e', { facts }))).toMatchObject({ conflict: true });
    expect(viewOf(await ask('?id=e', { facts: facts.slice(1) }))).not.toHaveProperty('conflict');
  });

  it('tells nobody of the events of others, nor whether there are any', async () => {
    const facts = [keyed(received('e')), delivered('e'), received('nobodys')];
    const unknown = await ask('?id=unknown', { facts });
    expect(unknown.statusCode).toBe(404);
    for (const [id, keyName] of [
      ['e', 'crm'],
      ['e', ''],
      ['nobodys', 'shop'],
      ['nobodys', ''],
    ] as const) {
      const answer = await ask(`?id=${id}`, { facts, keyName });
      expect(answer).toEqual({ ...unknown, asked: [id] });
    }
    expect((await ask('?id=e', { facts, hasTable: false })).statusCode).toBe(404);
  });

  it('knows whose event it is by the facts that are kept of problems', async () => {
    expect((await ask('?id=e', { facts: [keyed(deferred('e'))] })).statusCode).toBe(200);
    expect((await ask('?id=e', { facts: [deferred('e')] })).statusCode).toBe(404);
  });

  it.each([
    ['none', '', /required/],
    ['none, and others', '?ids=e&Id=e', /required/],
    ['an empty one', '?id=', /empty/],
    ['an empty one', '?id', /empty/],
    ['two', '?id=a&id=a', /once/],
    ['a NUL', '?id=a%00', /control/],
    ['a line break', '?id=a%0D%0Ab', /control/],
    ['what is no UTF-8', '?id=%FF', /UTF-8/],
    ['half of a surrogate pair', '?id=%ED%A0%80', /UTF-8/],
    ['half of an escape', '?id=%2', /UTF-8/],
    ['257 characters', `?id=${'x'.repeat(257)}`, /256/],
  ])('refuses %s as id, without asking the table', async (_, query, detail) => {
    const answer = await ask(query);
    expect(answer).toMatchObject({ statusCode: 422, asked: [] });
    const { errors } = JSON.parse(answer.body) as { errors: object[] };
    expect(errors).toMatchObject([{ field: 'id', detail: expect.stringMatching(detail) }]);
  });

  it('finds any id that POST accepts, and refuses every other', async () => {
    const ids = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string());
    await fc.assert(
      fc.asyncProperty(ids, async (id) => {
        const { asked, statusCode } = await ask(`?id=${encodeURIComponent(id)}&x=1`);
        if (idProblems(id).length > 0) expect(statusCode).toBe(422);
        else expect(asked).toEqual([id]);
      }),
    );
  });

  it('says when the table cannot be read', async () => {
    const answer = await ask('?id=e', { failure: new Error('throttled') });
    expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
  });

  it('gives the answers that are documented', async () => {
    const documented = openApi.answerExamples('/events', 'get');
    const bodyOf = async (name: string) =>
      documented.find(([known]) => known === name)?.[2].value as object;
    expect(await bodyOf('unknown')).toEqual(JSON.parse((await ask('?id=e')).body));
    expect(await bodyOf('missing')).toEqual(JSON.parse((await ask('')).body));
    const failure = new Error('throttled');
    expect(await bodyOf('unavailable')).toEqual(JSON.parse((await ask('?id=e', { failure })).body));
    for (const [, status, { value }] of documented.filter(([, status]) => status === 200)) {
      const headers = { 'content-type': 'application/json' };
      const answer = { statusCode: status, headers, body: JSON.stringify(value) };
      expect(openApi.answerProblems('/events', 'get', answer)).toEqual([]);
    }
  });
});
