import { describe, expect, it } from 'vitest';
import { ALL_TIME } from '../../../lib/archive/partitions.ts';
import { encodeFact } from '../../../lib/event/encode.ts';
import type { Fact, ReceivedFact } from '../../../lib/event/fact.ts';
import type { LostObject } from '../../../lib/object-store.ts';
import type { ShardPosition } from '../../../lib/ports.ts';
import { parkedKey } from '../../../lib/recover/spill-key.ts';
import { audit } from '../../../lib/replay/audit.ts';
import type { AuditOptions, AuditSources } from '../../../lib/replay/audit-sources.ts';
import { archiveObject, InMemoryObjects } from '../../support/in-memory-objects.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import {
  deadLettered,
  deferred,
  delivered,
  dismissed,
  NOON_MS,
  received,
} from '../../support/timed-facts.ts';
import { InMemoryStream, shardName } from '../event-source-mapping/in-memory-stream.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const NOW_MS = NOON_MS + HOUR_MS;
const LAG_MS = 5 * MINUTE_MS;
const replay = { runId: 'r', reason: 'test' };

interface Situation {
  archived: Fact[];
  /** A further object of the archive. */
  put?: { name: string; body: Uint8Array };
  spilled?: Fact[];
  parked?: Fact[];
  givenUp?: Fact[];
  acked?: string[];
  /** Facts in the journal with their age, the oldest first; absent: there is no journal to be read. */
  journaled?: [Fact, number][];
  /** Dispatch has settled so many of these; default none. `no positions`: an earlier version of it noted none. */
  settled?: number | 'no positions';
  positionsFail?: Error;
  /** Ids that the status table knows, each as received at that time; absent: there is no table. */
  tabled?: [string, number][];
  /** The table was read in part. */
  tableShare?: number;
  tableFails?: Error;
  /** The first read of the journal rejects with this. */
  journalFails?: Error;
  lost?: LostObject[];
  witness?: 'versions' | 'none';
  options?: Partial<AuditOptions>;
}

/** Audits at one hour past noon. The archive is five minutes behind; the journal keeps a record for a day. */
async function auditOf(situation: Situation) {
  const { archived, spilled = [], parked = [], givenUp = [], acked, options } = situation;
  const [archive, spill, failures] = [1, 2, 3].map(() => new InMemoryObjects());
  if (!archive || !spill || !failures) throw new Error('no stores');
  for (const [index, fact] of archived.entries())
    await archive.archive(`facts/dt=2026-03-01/hh=12/${String(index).padStart(4, '0')}.gz`, [fact]);
  if (situation.put) await archive.put(`facts/${situation.put.name}`, situation.put.body);
  for (const fact of spilled)
    await spill.put(`spill/dt=2026-03-01/hh=12/${fact.eventId}.json`, encodeFact(fact));
  for (const fact of parked)
    await spill.put(parkedKey(fact as ReceivedFact, NOON_MS), encodeFact(fact));
  const Records = givenUp.map((fact) => ({
    kinesis: { data: Buffer.from(encodeFact(fact)).toString('base64') },
  }));
  const requestContext = { functionArn: 'arn:aws:lambda:eu-west-1:1:function:dispatch' };
  await failures.put(
    'aws/lambda/uuid/key',
    JSON.stringify({ requestContext, payload: { Records } }),
  );
  return audit(
    {
      ...{ archive, spill, failures, dispatchFunctionName: 'dispatch' },
      versions: versionsOf(situation),
      journal: journalOf(situation),
      receipts: receiptsOf(situation),
    },
    {
      range: ALL_TIME,
      nowMs: NOW_MS,
      retentionMs: 24 * HOUR_MS,
      archiveLagMs: LAG_MS,
      shown: 10,
      ...(acked ? { acked: each(acked) } : {}),
      ...options,
    },
  );
}

function receiptsOf({ tabled, tableShare = 1, tableFails }: Situation): AuditSources['receipts'] {
  if (!tabled) return undefined;
  return {
    keptMs: 90 * 24 * HOUR_MS,
    async read({ fromMs, toMs }) {
      if (tableFails) throw tableFails;
      const within = tabled.filter(([, atMs]) => atMs >= fromMs && atMs < toMs);
      return { share: tableShare, batches: each(within.map(([id]) => [id])) };
    },
  };
}

function versionsOf({ lost = [], witness = 'versions' }: Situation): AuditSources['versions'] {
  return {
    keptMs: 30 * 24 * HOUR_MS,
    isKept: async () => witness === 'versions',
    listLost: (prefix) => each(lost.filter(({ key }) => key.startsWith(prefix))),
  };
}

function journalOf(situation: Situation): AuditSources['journal'] {
  const { journaled, settled = 0, journalFails, positionsFail } = situation;
  if (!journaled) return undefined;
  const clock = new ManualClock(NOW_MS);
  const reader = new InMemoryStream(clock);
  const records = journaled.map(([fact, ageMs]) => ({
    arrivedAtMs: NOW_MS - ageMs,
    settledThrough: reader.append(fact, { ageMs }),
  }));
  if (journalFails) failFirstRead(reader, journalFails);
  const [first] = records;
  const last = settled === 'no positions' ? undefined : records[settled - 1];
  const position: ShardPosition = {
    shardId: shardName(0),
    settledThrough: last?.settledThrough ?? String(BigInt(first?.settledThrough ?? 1) - 1n),
    arrivedAtMs: last?.arrivedAtMs ?? first?.arrivedAtMs,
  };
  return {
    ...{ reader, clock: sleepless, pauseMs: 0, patienceMs: MINUTE_MS, isWitness: false },
    positions: {
      read: async () => {
        if (positionsFail) throw positionsFail;
        return settled === 'no positions' ? [] : [position];
      },
    },
  };
}

const sleepless = { now: () => NOW_MS, sleep: async () => undefined, after: () => () => undefined };

function failFirstRead(reader: InMemoryStream, error: Error): void {
  const read = reader.read.bind(reader);
  reader.read = async () => {
    reader.read = read;
    throw error;
  };
}

async function* each<Item>(items: Item[]) {
  yield* items;
}

/** Longer ago than the journal keeps records. */
const old = { atMs: NOON_MS - 24 * HOUR_MS };

describe('audit', () => {
  it('holds when every event has ended, or may still be delivered', async () => {
    const report = await auditOf({
      archived: [
        ...[received('a'), delivered('a'), received('b'), deadLettered('b')],
        ...[received('c'), received('e', old)],
      ],
      spilled: [received('d', old)],
      givenUp: [received('e', old)],
      journaled: [[received('c'), 60_000]],
      acked: ['a', 'b', 'c', 'd', 'e'],
    });
    expect(report).toMatchObject({
      holds: true,
      events: {
        ...{ received: 5, delivered: 1, deadLettered: 1, pending: 2 },
        ...{ givenUp: 1, unaccounted: 0, unjudged: 0, replayed: 0 },
      },
      offences: { unaccounted: 0, neverReceived: 0, deliveredTwice: 0, missing: 0, givenUp: 1 },
      findings: [],
      witnesses: ['the versions of the archive bucket', '5 acknowledged ids'],
      offenders: { givenUp: ['e'] },
      acked: 5,
    });
  });

  it('says what it does', async () => {
    const told: string[] = [];
    await auditOf({
      archived: [
        received('a'),
        delivered('a'),
        received('a', { atMs: NOON_MS + 1 }),
        received('x', old),
      ],
      ...{ tabled: [['a', NOON_MS]], journaled: [[received('b'), 60_000]] },
      options: {
        onProgress: (what) => told.push(what.replaceAll(/\d+/g, 'N')),
        sample: { count: 1, random: () => 0.5, ask: async () => 'found' },
      },
    });
    expect([...new Set(told)]).toEqual([
      'reading the stores: N facts in N objects',
      'listing the versions of the archive bucket',
      'reading the status table: N receipts',
      'reading the journal',
      'asking the target about a sample: N of N',
      'comparing the bodies of N events that were sent again',
      'reading the archive again, for the ids of what was found',
    ]);
  });

  it('counts a dead letter that was dismissed apart from those that need somebody', async () => {
    const report = await auditOf({
      archived: [
        received('a'),
        deadLettered('a'),
        dismissed('a'),
        received('b'),
        deadLettered('b'),
      ],
    });
    expect(report).toMatchObject({
      holds: true,
      events: { received: 2, deadLettered: 1, dismissed: 1 },
    });
  });

  it('counts a dismissed event as dead-lettered again once it was sent again, until it is dismissed again', async () => {
    const at = (ms: number) => ({ atMs: NOON_MS + ms, replay });
    const archived = [
      ...[received('a'), deadLettered('a'), dismissed('a')],
      received('a', at(10_000)),
    ];
    const statusOf = async (more: Fact[]) =>
      (await auditOf({ archived: [...archived, ...more] })).events;
    expect(await statusOf([])).toMatchObject({ dismissed: 0, deadLettered: 1 });
    const dead = deadLettered('a', at(20_000));
    expect(await statusOf([dead])).toMatchObject({ dismissed: 0, deadLettered: 1 });
    const again = dismissed('a', { atMs: NOON_MS + 30_000 });
    // The order in which facts are read makes no difference.
    expect(await statusOf([again, dead])).toMatchObject({ dismissed: 1, deadLettered: 0 });
  });

  it('names ids that came with several bodies, which is no loss', async () => {
    const later = (ms: number, name: string) => received('two', { atMs: NOON_MS + ms, name });
    const archived = [
      ...[received('two'), delivered('two'), later(5000, 'order.shipped')],
      ...[delivered('two', { atMs: NOON_MS + 5001, verified: true }), later(6000, 'order.placed')],
      delivered('two', { atMs: NOON_MS + 6001, verified: true }),
      // The same body again, and the copies of a replay and of a return, are no conflict.
      ...[received('same'), delivered('same'), received('same', { atMs: NOON_MS + 5000 })],
      delivered('same', { atMs: NOON_MS + 5001, verified: true }),
      ...[received('again'), delivered('again'), received('again', { atMs: NOON_MS + 1, replay })],
      delivered('again', { atMs: NOON_MS + 2, replay }),
    ];
    expect(await auditOf({ archived })).toMatchObject({
      verdict: 'holds',
      events: { received: 3, delivered: 3 },
      offences: { conflicting: 1 },
      offenders: { conflicting: ['two'] },
    });
  });

  describe('with the status table', () => {
    const whole = [received('a'), delivered('a'), received('b'), delivered('b')];
    const known: Situation['tabled'] = [
      ['a', NOON_MS],
      ['b', NOON_MS],
    ];

    it('has a witness where the table knows all that the archive holds', async () => {
      const situation: Situation = { archived: whole, witness: 'none', tabled: known };
      expect(await auditOf(situation)).toMatchObject({
        verdict: 'holds',
        witnesses: ['the status table'],
      });
    });

    it('proves no loss by a table that was asked for receipts only', async () => {
      const archived = [received('a'), delivered('a'), received('b', old)];
      const tabled: Situation['tabled'] = [
        ['a', NOON_MS],
        ['b', old.atMs],
      ];
      const report = await auditOf({ archived, witness: 'none', tabled });
      expect(report).toMatchObject({ verdict: 'not proven', events: { unaccounted: 1 } });
    });

    it.each<[string, Partial<Situation>, string]>([
      ['it lacks an event of the archive', { tabled: [['a', NOON_MS]] }, 'does not know 1 event'],
      ['only a part of it was read', { tabled: known, tableShare: 0.25 }, 'only 25 % of it'],
      ['it cannot be read', { tabled: known, tableFails: new Error('denied') }, 'denied'],
    ])('has none where %s', async (_, given, why) => {
      const report = await auditOf({ archived: whole, witness: 'none', ...given });
      expect(report).toMatchObject({ verdict: 'not proven', witnesses: [] });
      expect(report.findings.join()).toContain(why);
    });

    it.each([1, 0.25])(
      'finds an event that only the table knows, though %d of it was read',
      async (tableShare) => {
        const tabled: Situation['tabled'] = [...known, ['gone', NOON_MS + 1]];
        const report = await auditOf({ archived: whole, tabled, tableShare });
        expect(report).toMatchObject({
          verdict: 'not proven',
          offences: { notArchived: 1 },
          offenders: { notArchived: ['gone'] },
        });
      },
    );

    it('does not miss what is outside of the range, too new for the archive, or in the journal', async () => {
      const tabled: Situation['tabled'] = [
        ...known,
        ...[
          ['before', NOON_MS - 1],
          ['new', NOW_MS - MINUTE_MS],
          ['recovered', NOON_MS + 1],
        ].map(([id, atMs]): [string, number] => [String(id), Number(atMs)]),
      ];
      const recovered = received('recovered', { atMs: NOON_MS + 1 });
      const report = await auditOf({
        ...{ archived: whole, tabled, journaled: [[recovered, MINUTE_MS]] },
        options: { range: { fromMs: NOON_MS, toMs: NOON_MS + 2 * MINUTE_MS } },
      });
      expect(report).toMatchObject({ verdict: 'holds', events: { received: 3, pending: 1 } });
    });
  });

  it('holds also where the archive has facts twice', async () => {
    const facts = [received('a'), delivered('a')];
    const report = await auditOf({ archived: [...facts, ...facts] });
    expect(report).toMatchObject({ holds: true, archive: { facts: 2, repeated: 2 } });
  });

  describe('of parked events', () => {
    const long = { atMs: NOON_MS - 80 * HOUR_MS };
    const parked = (id: string) => [received(id, long), deferred(id, long)];
    const waiting = (id: string) => received(id, { ...long, deferral: 1 });

    it('counts what waits in the spill bucket, however old and whether or not the archive knows it', async () => {
      const report = await auditOf({
        archived: [...parked('a'), received('b', old), ...parked('d'), deadLettered('d')],
        parked: [waiting('a'), waiting('b'), waiting('c'), waiting('d')],
        acked: ['a', 'b', 'c', 'd'],
      });
      expect(report).toMatchObject({
        holds: true,
        events: { received: 4, parked: 3, deadLettered: 1, pending: 0, unaccounted: 0 },
      });
    });

    it('does not judge one that may have returned, for a day and what the journal keeps after it was due', async () => {
      const dueAgo = (hours: number) => ({ ...long, untilMs: NOW_MS - hours * HOUR_MS });
      const archived = [
        ...[received('due', long), deferred('due', dueAgo(47))],
        ...[waiting('back'), received('back', long), deferred('back', dueAgo(47))],
        ...[waiting('late'), received('late', long), deferred('late', dueAgo(49))],
        ...[...parked('done'), waiting('done'), delivered('done', { deferral: 1 })],
      ];
      expect(await auditOf({ archived })).toMatchObject({
        verdict: 'does not hold',
        events: { received: 4, delivered: 1, unjudged: 2, parked: 0, unaccounted: 1 },
        offenders: { unaccounted: ['late'] },
      });
      // The journal tells.
      const journaled: Situation['journaled'] = [[waiting('back'), 60_000]];
      expect(await auditOf({ archived, journaled })).toMatchObject({
        events: { received: 4, delivered: 1, pending: 1, unaccounted: 2 },
      });
    });

    it('looks for what became of one for as long as it may be parked', async () => {
      const [fromMs, toMs] = [NOON_MS - HOUR_MS, NOON_MS + HOUR_MS];
      const report = await auditOf({
        archived: [
          ...[received('a'), deferred('a', { untilMs: NOON_MS + 72 * HOUR_MS })],
          ...[received('a', { deferral: 1 })],
          delivered('a', { atMs: NOON_MS + 96 * HOUR_MS, deferral: 1 }),
        ],
        options: { range: { fromMs, toMs }, nowMs: NOON_MS + 600 * HOUR_MS },
      });
      expect(report).toMatchObject({ holds: true, events: { received: 1, delivered: 1 } });
    });

    it('names one that is neither parked nor anywhere else', async () => {
      const report = await auditOf({
        archived: [...parked('gone'), ...parked('a')],
        parked: [waiting('a')],
      });
      expect(report).toMatchObject({
        holds: false,
        events: { parked: 1, unaccounted: 1 },
        offenders: { unaccounted: ['gone'] },
      });
    });

    it('does not take a return for a repetition, nor a deferral for an end', async () => {
      const archived = [waiting('a'), received('a', old), deferred('never-received')];
      expect(await auditOf({ archived, journaled: [[waiting('a'), 60_000]] })).toMatchObject({
        ...{ holds: true, events: { received: 1 }, archive: { facts: 3, repeated: 0 } },
      });
    });
  });

  it('names an event that the journal cannot hold any more, and one that may still be in it', async () => {
    const report = await auditOf({ archived: [received('old', old), received('young')] });
    expect(report).toMatchObject({
      verdict: 'does not hold',
      events: { unaccounted: 1, unjudged: 1 },
      offenders: { unaccounted: ['old'], unjudged: ['young'] },
    });
  });

  it('lets a replayed event be pending again', async () => {
    const archived = [received('old', old), received('old', { replay })];
    const journaled: Situation['journaled'] = [[received('old', { replay }), HOUR_MS]];
    expect(await auditOf({ archived, journaled })).toMatchObject({
      holds: true,
      events: { received: 1, pending: 1, replayed: 1 },
    });
  });

  it('names what ended without having been received', async () => {
    // Then a part of the archive is gone, and nothing that is absent proves a loss.
    const archived = [delivered('ghost'), received('old', old)];
    expect(await auditOf({ archived })).toMatchObject({
      verdict: 'not proven',
      offences: { neverReceived: 1 },
      offenders: { neverReceived: ['ghost'] },
    });
  });

  it('names what was created twice, and does not count a replay as that', async () => {
    const again = { atMs: NOON_MS + 5000 };
    const report = await auditOf({
      archived: [
        ...[received('twice'), delivered('twice'), delivered('twice', again)],
        ...[received('replayed'), delivered('replayed')],
        ...[received('replayed', { replay }), delivered('replayed', { ...again, replay })],
        ...[
          received('found'),
          delivered('found'),
          delivered('found', { ...again, verified: true }),
        ],
      ],
    });
    expect(report).toMatchObject({
      verdict: 'does not hold',
      events: { received: 3, delivered: 3, replayed: 1 },
      createdAgain: 2,
      offences: { deliveredTwice: 1 },
      offenders: { deliveredTwice: ['twice'] },
    });
  });

  it('names what one replay run created twice', async () => {
    const at = (ms: number) => ({ atMs: NOON_MS + ms, replay });
    const archived = [
      received('a'),
      received('a', { replay }),
      delivered('a', at(1)),
      delivered('a', at(2)),
    ];
    expect(await auditOf({ archived })).toMatchObject({
      holds: false,
      offenders: { deliveredTwice: ['a'] },
    });
  });

  it('names acknowledged ids that were never received', async () => {
    const report = await auditOf({
      archived: [received('a'), delivered('a')],
      acked: ['a', 'lost'],
    });
    // What is too new for the archive is not known without the journal.
    expect(report).toMatchObject({
      verdict: 'not proven',
      offenders: { missing: ['lost'] },
      acked: 2,
    });
    const withJournal = await auditOf({
      archived: [received('a'), delivered('a')],
      acked: ['a', 'lost'],
      journaled: [],
    });
    expect(withJournal).toMatchObject({
      verdict: 'does not hold',
      offenders: { missing: ['lost'] },
    });
  });

  it('is about events received in the range, and looks after it for what became of them', async () => {
    const at = (ms: number) => ({ atMs: NOON_MS + ms });
    const report = await auditOf({
      archived: [
        ...[received('before', at(-1)), delivered('before', at(5))],
        ...[received('in', at(0)), delivered('in', at(2000))],
        ...[received('after', at(1000)), delivered('after', at(1500))],
      ],
      options: { range: { fromMs: NOON_MS, toMs: NOON_MS + 1000 } },
    });
    expect(report).toMatchObject({ holds: true, events: { received: 1, delivered: 1 } });
  });

  it('finds what was received in the range and recovered days later', async () => {
    const [fromMs, toMs] = [NOON_MS - HOUR_MS, NOON_MS + HOUR_MS];
    const nowMs = NOON_MS + 60 * HOUR_MS;
    const body = archiveObject([
      received('late'),
      delivered('late', { atMs: NOON_MS + 52 * HOUR_MS }),
    ]);
    const report = await auditOf({
      archived: [received('a'), delivered('a')],
      put: { name: 'dt=2026-03-03/hh=16/a.gz', body },
      options: { range: { fromMs, toMs }, nowMs },
    });
    expect(report).toMatchObject({ verdict: 'holds', events: { received: 2, delivered: 2 } });
  });

  it('lists so many offenders as asked for', async () => {
    const archived = Array.from({ length: 30 }, (_, index) => received(`lost${index}`, old));
    const few = await auditOf({ archived });
    expect(few.offences.unaccounted).toBe(30);
    expect(few.offenders.unaccounted).toHaveLength(10);
    const all = await auditOf({ archived, options: { shown: Number.POSITIVE_INFINITY } });
    expect(new Set(all.offenders.unaccounted).size).toBe(30);
  });

  describe('of what is not in the archive yet', () => {
    const recent = (id: string): [Fact, number] => [
      received(id, { atMs: NOW_MS - 2 * MINUTE_MS }),
      2 * MINUTE_MS,
    ];

    it('reads the journal: an id that was acknowledged a moment ago is not missing', async () => {
      const ids = Array.from({ length: 200 }, (_, index) => `e${index}`);
      const report = await auditOf({
        archived: [],
        acked: ids,
        journaled: [...ids.map(recent), [delivered('e0', { atMs: NOW_MS }), 0]],
        settled: 0,
      });
      expect(report).toMatchObject({
        verdict: 'holds',
        events: { received: 200, delivered: 1, pending: 199 },
        offences: { missing: 0 },
        unarchived: { facts: 201, overdue: 0 },
      });
    });

    it('without a journal leaves it out and says so', async () => {
      const report = await auditOf({
        archived: [received('a'), delivered('a'), recent('b')[0]],
      });
      expect(report).toMatchObject({
        verdict: 'holds',
        events: { received: 1 },
        excludedFrom: new Date(NOW_MS - LAG_MS).toISOString(),
      });
    });

    it('finds what the archive should hold by now', async () => {
      const atMs = NOW_MS - 8 * MINUTE_MS;
      const journaled: Situation['journaled'] = [
        [received('a', { atMs }), 8 * MINUTE_MS],
        [delivered('a', { atMs: atMs + 1 }), 8 * MINUTE_MS],
      ];
      expect(await auditOf({ archived: [], journaled })).toMatchObject({
        verdict: 'not proven',
        events: { received: 1, delivered: 1 },
        unarchived: { facts: 2, overdue: 2 },
      });
    });
  });

  describe('of events without an end', () => {
    const atAge = (id: string, minutes: number): [Fact, number] => [
      received(id, { atMs: NOW_MS - minutes * MINUTE_MS }),
      minutes * MINUTE_MS,
    ];
    const a = atAge('a', 40);
    const b = atAge('b', 30);
    const endOfB: [Fact, number] = [
      delivered('b', { atMs: NOW_MS - 29 * MINUTE_MS }),
      29 * MINUTE_MS,
    ];

    it('says that one is lost which dispatch has settled', async () => {
      const report = await auditOf({ archived: [a[0], b[0]], journaled: [a, b], settled: 1 });
      expect(report).toMatchObject({
        verdict: 'does not hold',
        events: { unaccounted: 1, pending: 1 },
        offenders: { unaccounted: ['a'] },
      });
    });

    it('finds 50 of 1,000 that are lost, within minutes', async () => {
      const all = Array.from({ length: 1000 }, (_, index) => atAge(`e${index}`, 40));
      const ended = all
        .slice(50)
        .map(([{ eventId }]) => delivered(eventId, { atMs: NOW_MS - 39 * MINUTE_MS }));
      const report = await auditOf({
        archived: [...all.map(([fact]) => fact), ...ended],
        journaled: all,
        settled: 1000,
      });
      expect(report).toMatchObject({ verdict: 'does not hold', events: { unaccounted: 50 } });
    });

    it.each<[string, Partial<Situation>, string]>([
      ['dispatch has noted none', { settled: 'no positions' }, 'dispatch has noted no position'],
      ['they cannot be read', { settled: 2, positionsFail: new Error('denied') }, 'denied'],
    ])('without a position of dispatch judges none: %s', async (_, given, why) => {
      const archived = [a[0], b[0], endOfB[0]];
      const report = await auditOf({ archived, journaled: [a, b, endOfB], ...given });
      expect(report).toMatchObject({
        verdict: 'not proven',
        events: { delivered: 1, unjudged: 1, pending: 0 },
        offenders: { unjudged: ['a'] },
      });
      expect(report.findings.join()).toContain(why);
    });

    it('finds the end of an id that was sent again, before the range', async () => {
      const range = { fromMs: NOW_MS - 45 * MINUTE_MS, toMs: NOW_MS };
      const before = { atMs: NOON_MS - HOUR_MS };
      const archived = [
        received('a', { atMs: NOON_MS - HOUR_MS - 1 }),
        delivered('a', before),
        a[0],
      ];
      const situation: Situation = { archived, journaled: [a], settled: 1, options: { range } };
      expect(await auditOf(situation)).toMatchObject({
        verdict: 'holds',
        events: { received: 1, delivered: 1 },
      });
    });

    it('reads from where dispatch is, however long ago', async () => {
      const c = atAge('c', 600);
      const report = await auditOf({ archived: [c[0], a[0]], journaled: [c, a], settled: 0 });
      expect(report).toMatchObject({ verdict: 'holds', events: { pending: 2 } });
    });

    it('does not judge them when the journal cannot be read', async () => {
      const journalFails = new Error('access denied');
      const report = await auditOf({ archived: [a[0]], journaled: [a], journalFails });
      expect(report).toMatchObject({ verdict: 'not proven', events: { unjudged: 1 } });
      expect(report.findings.join()).toContain('the journal cannot be read: access denied');
    });

    it('goes on when others have used up what the shard gives', async () => {
      const name = 'ProvisionedThroughputExceededException';
      const journalFails = Object.assign(new Error('too fast'), { name });
      expect(await auditOf({ archived: [a[0]], journaled: [a], journalFails })).toMatchObject({
        verdict: 'holds',
        events: { pending: 1 },
      });
    });
  });

  describe('of an archive that is not whole', () => {
    const whole = [received('a'), delivered('a')];

    it('proves nothing beside what cannot be read', async () => {
      const broken = archiveObject(
        Array.from({ length: 500 }, (_, index) => received(`e${index}`)),
      );
      const objects = { 'b.gz': broken.subarray(20), 'c.gz': broken.subarray(0, 15) };
      for (const [name, body] of Object.entries(objects)) {
        const report = await auditOf({
          archived: [...whole, received('b', old)],
          put: { name: `dt=2026-03-01/hh=12/${name}`, body },
        });
        expect(report).toMatchObject({ verdict: 'not proven', events: { delivered: 1 } });
        expect(report.damages[0]?.key).toContain(name);
      }
    });

    it('proves nothing without a witness', async () => {
      const report = await auditOf({ archived: whole, witness: 'none' });
      expect(report).toMatchObject({ verdict: 'not proven', witnesses: [] });
      expect(report.findings.join()).toContain('keeps no versions');
    });

    it('names an object that was deleted, and calls no event lost because of it', async () => {
      const lost: LostObject = {
        ...{ key: 'facts/dt=2026-03-01/hh=12/x.gz', how: 'deleted' },
        ...{ at: '2026-03-01T12:30:00.000Z', versionId: 'v1' },
      };
      const report = await auditOf({ archived: [...whole, received('b', old)], lost: [lost] });
      expect(report).toMatchObject({
        verdict: 'not proven',
        lostObjects: { count: 1, elsewhere: 0, some: [lost] },
        events: { unaccounted: 1 },
      });
    });

    it('finds within a day what was deleted of any other time', async () => {
      const lost: LostObject = {
        ...{ key: 'facts/dt=2026-01-01/hh=12/x.gz', how: 'deleted' },
        ...{ at: new Date(NOW_MS - 20 * HOUR_MS).toISOString(), versionId: 'v1' },
      };
      const range = { fromMs: NOON_MS - HOUR_MS, toMs: NOW_MS };
      const situation: Situation = { archived: whole, lost: [lost], options: { range } };
      expect(await auditOf(situation)).toMatchObject({ verdict: 'holds' });
      const within = (hours: number) =>
        auditOf({ ...situation, options: { range, lostWithinMs: hours * HOUR_MS } });
      expect(await within(26)).toMatchObject({
        verdict: 'not proven',
        lostObjects: { count: 0, elsewhere: 1, some: [lost] },
      });
      expect(await within(19)).toMatchObject({ verdict: 'holds' });
    });

    it('proves nothing for a time that the bucket does not remember', async () => {
      const options = { nowMs: NOON_MS + 31 * 24 * HOUR_MS };
      expect(await auditOf({ archived: whole, options })).toMatchObject({ verdict: 'not proven' });
      expect(await auditOf({ archived: whole, options, acked: ['a'] })).toMatchObject({
        verdict: 'holds',
        witnesses: ['1 acknowledged ids'],
      });
    });
  });

  describe('of a sample', () => {
    const archived = ['a', 'b', 'c'].flatMap((id) => [received(id), delivered(id)]);
    const ask = (answer: 'found' | 'absent' | 'unanswered') => ({
      sample: { count: 2, random: () => 0.5, ask: async () => answer },
    });

    it('does not pass for one when the archive holds no payload yet', async () => {
      const journaled = archived.map((fact): [Fact, number] => [fact, MINUTE_MS]);
      const situation: Situation = { archived: [], journaled, options: ask('found') };
      expect(await auditOf(situation)).toMatchObject({
        verdict: 'not proven',
        events: { delivered: 3 },
        sampled: { asked: 0 },
      });
    });

    it('asks the target about some delivered events', async () => {
      expect(await auditOf({ archived, options: ask('found') })).toMatchObject({
        verdict: 'holds',
        sampled: { asked: 2, found: 2 },
      });
      expect(await auditOf({ archived, options: ask('absent') })).toMatchObject({
        verdict: 'does not hold',
        offences: { notAtTarget: 2 },
      });
      expect(await auditOf({ archived, options: ask('unanswered') })).toMatchObject({
        verdict: 'not proven',
        sampled: { asked: 2, unanswered: 2 },
      });
    });
  });
});
