import { describe, expect, it } from 'vitest';
import { HashTable } from '../../../lib/archive/hash-table.ts';
import { ALL_TIME } from '../../../lib/archive/partitions.ts';
import { encodeFact, VerbatimPayload } from '../../../lib/event/encode.ts';
import type { Fact, ReceivedFact } from '../../../lib/event/fact.ts';
import { receiptSpanId } from '../../../lib/event/span-id.ts';
import { parkedKey } from '../../../lib/recover/spill-key.ts';
import { type PlanOptions, planReplay } from '../../../lib/replay/plan.ts';
import { chosenFacts, replayedFact } from '../../../lib/replay/replayed-facts.ts';
import { ALL_REASONS, type Selection } from '../../../lib/replay/selection.ts';
import { InMemoryObjects } from '../../support/in-memory-objects.ts';
import {
  deadLettered,
  deferred,
  delivered,
  dismissed,
  isoTime,
  NOON_MS,
  received,
} from '../../support/timed-facts.ts';

const MINUTE_MS = 60_000;
const nowMs = NOON_MS + 60 * MINUTE_MS;
const replay = { runId: 'earlier', reason: 'test' };

const EVERYTHING: Selection = {
  source: 'archive',
  range: ALL_TIME,
  state: 'any',
  reasons: ALL_REASONS,
  limit: Number.POSITIVE_INFINITY,
  endedBeforeMs: nowMs - MINUTE_MS,
  givenUpBeforeMs: nowMs - 20_000,
};

/** An object each fact, so that what is read can be told. */
async function storesOf(archived: Fact[], givenUp: Fact[] = [], givenUpMs = NOON_MS) {
  const archive = new InMemoryObjects();
  const failures = new InMemoryObjects();
  for (const [index, fact] of archived.entries())
    await archive.archive(`facts/dt=2026-03-01/hh=12/${String(index).padStart(3, '0')}.gz`, [fact]);
  const Records = givenUp.map((fact) => ({
    kinesis: { data: Buffer.from(encodeFact(fact)).toString('base64') },
  }));
  const requestContext = { functionArn: 'arn:aws:lambda:eu-west-1:1:function:dispatch' };
  await failures.put(
    'aws/lambda/u/k',
    JSON.stringify({ requestContext, timestamp: isoTime(givenUpMs), payload: { Records } }),
  );
  return { archive, failures, dispatchFunctionName: 'dispatch' };
}

async function plan(
  facts: { archived: Fact[]; givenUp?: Fact[]; givenUpMs?: number },
  selection: Partial<Selection> = {},
  options: Partial<PlanOptions> = {},
) {
  const stores = await storesOf(facts.archived, facts.givenUp, facts.givenUpMs);
  const made = await planReplay(stores, { ...EVERYTHING, ...selection }, { nowMs, ...options });
  stores.archive.opened.length = 0;
  const chosen = [];
  for await (const fact of chosenFacts(stores, made)) chosen.push(fact);
  const ids = chosen.map(({ fact }) => fact.eventId);
  expect(ids).toHaveLength(made.events);
  return { ...made, chosen, ids, opened: stores.archive.opened };
}

const idsOf = (...ids: string[]) => {
  const table = new HashTable();
  for (const id of ids) table.add(id);
  return table;
};

/** One event of each kind. */
const KINDS = [
  ...[received('delivered'), delivered('delivered')],
  ...[received('rejected'), deadLettered('rejected')],
  ...[received('exhausted'), deadLettered('exhausted', { reason: 'exhausted' })],
  ...[received('dismissed'), deadLettered('dismissed'), dismissed('dismissed')],
  ...[
    received('mended'),
    deadLettered('mended'),
    received('mended', { replay }),
    delivered('mended', { replay }),
  ],
  received('lost'),
  received('young', { atMs: nowMs - 1000 }),
  ...[received('again'), deadLettered('again'), received('again', { atMs: nowMs - 1000, replay })],
];

describe('planReplay, of parked events', () => {
  const DAY_MS = 24 * 60 * MINUTE_MS;
  const due = { untilMs: NOON_MS + MINUTE_MS };
  const longAgo = { atMs: NOON_MS - 2 * DAY_MS };
  const PARKED = [
    ...[received('waits'), deferred('waits', due)],
    // Dead-lettered, and its replay is parked.
    ...[received('again'), deadLettered('again'), received('again', { replay })],
    deferred('again', { replay, ...due }),
    ...[received('due'), deferred('due', { untilMs: nowMs - 1000 })],
    ...[received('released'), deferred('released', due), received('released', { deferral: 1 })],
    ...[
      received('lost', longAgo),
      deferred('lost', { ...longAgo, untilMs: nowMs - DAY_MS - 61_000 }),
    ],
    ...[received('undecided'), deadLettered('undecided', { reason: 'undecided' })],
  ];

  async function planned(selection: Partial<Selection>) {
    const stores = await storesOf(PARKED);
    const spill = new InMemoryObjects();
    for (const fact of [
      received('waits', { deferral: 1 }),
      received('again', { deferral: 1, replay }),
      received('unknown', { deferral: 1 }),
    ])
      await spill.put(parkedKey(fact as ReceivedFact, due.untilMs), encodeFact(fact));
    const made = await planReplay({ ...stores, spill }, { ...EVERYTHING, ...selection }, { nowMs });
    const ids = [];
    for await (const { fact } of chosenFacts(stores, made)) ids.push(fact.eventId);
    return { ids, waiting: made.waiting };
  }

  it.each<[string, Partial<Selection>, string[], number]>([
    ['what is not delivered', { state: 'undelivered' }, ['lost', 'undecided'], 4],
    ['what is dead-lettered', { state: 'deadLettered' }, ['undecided'], 1],
    ['for that reason', { state: 'deadLettered', reasons: ['undecided'] }, ['undecided'], 0],
    ['everything', {}, ['due', 'released', 'lost', 'undecided'], 2],
  ])('leaves those out that wait to be tried again: %s', async (_, selection, ids, waiting) => {
    expect(await planned(selection)).toEqual({ ids, waiting });
  });
});

describe('planReplay, beside a journal', () => {
  /** The end of the journal, and what is in flight there. */
  const beside = (facts: Fact[], inFlight: string[]): Partial<PlanOptions> => ({
    readJournal: async (onFact) => {
      for (const fact of facts) onFact(fact);
      return inFlight;
    },
  });
  const archived = ['a', 'b', 'c', 'd'].map((id) => received(id));

  it.each<[string, Partial<Selection>, string[], number]>([
    ['what is not delivered', { state: 'undelivered' }, ['c', 'd'], 1],
    ['everything', {}, ['b', 'c', 'd'], 1],
  ])('leaves out what dispatch may still deliver, of %s', async (_, selection, ids, waiting) => {
    // `b` was delivered, which the archive does not hold yet.
    const made = await plan({ archived }, selection, beside([delivered('b')], ['a', 'elsewhere']));
    expect(made).toMatchObject({ ids, waiting });
  });

  it('knows a dead letter that the archive does not hold yet', async () => {
    const made = await plan(
      { archived },
      { state: 'deadLettered' },
      beside([deadLettered('c')], ['a']),
    );
    expect(made.ids).toEqual(['c']);
  });
});

it('finds by the time of receipt what was spilled or parked for days', async () => {
  const stores = await storesOf([]);
  await stores.archive.archive('facts/dt=2026-03-09/hh=12/a.gz', [received('spilled')]);
  const range = { fromMs: NOON_MS - MINUTE_MS, toMs: NOON_MS + MINUTE_MS };
  const later = { nowMs: NOON_MS + 9 * 24 * 60 * MINUTE_MS };
  const made = await planReplay(stores, { ...EVERYTHING, range }, later);
  const ids = [];
  for await (const { fact } of chosenFacts(stores, made)) ids.push(fact.eventId);
  expect(ids).toEqual(['spilled']);
});

describe('planReplay', () => {
  it.each<[string, Partial<Selection>, string[], number]>([
    [
      'everything, whatever became of it',
      {},
      ['delivered', 'rejected', 'exhausted', 'dismissed', 'mended', 'lost', 'young', 'again'],
      0,
    ],
    ['what is not delivered', { state: 'undelivered' }, ['rejected', 'exhausted', 'lost'], 2],
    ['what is dead-lettered', { state: 'deadLettered' }, ['rejected', 'exhausted'], 1],
    ['for a reason', { state: 'deadLettered', reasons: ['exhausted'] }, ['exhausted'], 0],
    ['some ids', { ids: idsOf('lost', 'delivered', 'nowhere') }, ['delivered', 'lost'], 0],
    [
      'some ids that are not delivered',
      { state: 'undelivered', ids: idsOf('lost', 'delivered') },
      ['lost'],
      0,
    ],
    ['a few', { limit: 2 }, ['delivered', 'rejected'], 0],
    ['a few of those', { state: 'undelivered', limit: 2 }, ['rejected', 'exhausted'], 2],
    ['a time', { range: { fromMs: nowMs - 1000, toMs: nowMs } }, ['young', 'again'], 0],
  ])('chooses %s', async (_, selection, ids, waiting) => {
    const made = await plan({ archived: KINDS }, selection);
    expect(made.ids).toEqual(ids);
    expect(made).toMatchObject({ events: ids.length, waiting });
  });

  it('goes by the name of the event', async () => {
    const archived = [
      received('a', { name: 'order.paid' }),
      received('b'),
      received('c', { name: 'order.paid' }),
    ];
    expect((await plan({ archived }, { name: 'order.paid' })).ids).toEqual(['a', 'c']);
  });

  it('chooses an event once, however often it was received', async () => {
    const archived = [
      received('a'),
      received('a'),
      received('a', { atMs: NOON_MS + 5 }),
      received('b'),
    ];
    expect((await plan({ archived })).ids).toEqual(['a', 'b']);
  });

  it('sees that an event was delivered after the range', async () => {
    const archived = [
      received('a'),
      received('b'),
      delivered('a', { atMs: NOON_MS + 30 * MINUTE_MS }),
    ];
    const range = { fromMs: NOON_MS, toMs: NOON_MS + MINUTE_MS };
    expect((await plan({ archived }, { range, state: 'undelivered' })).ids).toEqual(['b']);
  });

  it('reads only those objects again that hold what it chose', async () => {
    const { ids, opened } = await plan(
      { archived: KINDS },
      { state: 'undelivered', ids: idsOf('lost') },
    );
    expect(ids).toEqual(['lost']);
    expect(opened).toHaveLength(1);
  });

  it('chooses what Lambda gave up, but for what was delivered since', async () => {
    const givenUp = [received('delivered'), received('lost'), received('gone from the archive')];
    const made = await plan({ archived: KINDS, givenUp }, { source: 'failures' });
    expect(made.ids).toEqual(['lost', 'gone from the archive']);
  });

  const lately = { atMs: nowMs - 40_000 };

  it.each([
    ['as soon as the archive can hold what became of it', 25_000, [received('a', lately)], ['a']],
    ['not before', 15_000, [received('a', lately)], []],
    [
      'not while a replay of it may still end',
      35_000,
      [received('a', lately), received('a', { atMs: nowMs - 30_000, replay })],
      [],
    ],
  ])('chooses what Lambda gave up %s', async (_, agoMs, archived, ids) => {
    const facts = { archived, givenUp: [received('a', lately)], givenUpMs: nowMs - agoMs };
    const made = await plan(facts, { source: 'failures' });
    expect(made).toMatchObject({ ids, waiting: 1 - ids.length });
  });

  it('leaves out what an interrupted run has done, however often it stands there', async () => {
    const archived = [
      received('a'),
      received('b'),
      received('a', { atMs: NOON_MS + 1 }),
      received('c'),
    ];
    const isDone = ({ key }: { key: string }) => key.endsWith('/000.gz');
    expect((await plan({ archived }, {}, { isDone })).ids).toEqual(['b', 'c']);
  });

  it('tells what it could not read', async () => {
    const stores = await storesOf([received('a')]);
    await stores.archive.put('facts/dt=2026-03-01/hh=12/foreign', 'hello');
    const made = await planReplay(stores, EVERYTHING, { nowMs });
    expect(made).toMatchObject({ events: 1, counts: { damaged: 1 } });
    expect(made.damages).toMatchObject([{ key: 'facts/dt=2026-03-01/hh=12/foreign' }]);
  });
});

describe('replayedFact', () => {
  it('keeps the payload to the letter, names the run, and links to the receipt that it repeats', async () => {
    const json = '{"id":"a","name":"n","body":"b","timestamp":1.0,"big":12345678901234567890}';
    const fact = { ...received('a'), payload: new VerbatimPayload(json) } as Fact;
    const { chosen } = await plan({ archived: [fact] });
    const [first] = chosen;
    if (!first) throw new Error('nothing chosen');
    const of = { replay: { runId: 'r', reason: 'why' }, mayRepeat: true };
    const again = replayedFact(first, of, nowMs);
    expect(again).toMatchObject({
      type: 'received',
      eventId: 'a',
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      replayOf: { traceId: fact.traceId, spanId: receiptSpanId({ ...fact, receivedAt: fact.at }) },
      at: new Date(nowMs).toISOString(),
      replay: { runId: 'r', reason: 'why' },
      mayRepeat: true,
    });
    expect(again.traceId).not.toBe(fact.traceId);
    expect(replayedFact(first, of, nowMs + 1).traceId).toBe(again.traceId);
    const other = { ...of, replay: { runId: 'other', reason: 'why' } };
    expect(replayedFact(first, other, nowMs).traceId).not.toBe(again.traceId);
    expect(replayedFact(first, { ...of, mayRepeat: false }, nowMs)).not.toHaveProperty('mayRepeat');
    expect(Buffer.from(encodeFact(again)).toString()).toContain(`"payload":${json}}`);
  });
});
