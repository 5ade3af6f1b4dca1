import { describe, expect, it } from 'vitest';
import { ALL_TIME } from '../../../lib/archive/partitions.ts';
import { encodeFact } from '../../../lib/event/encode.ts';
import type { Fact, ReceivedFact } from '../../../lib/event/fact.ts';
import { parkedKey } from '../../../lib/recover/spill-key.ts';
import { type AuditOptions, audit } from '../../../lib/replay/audit.ts';
import { InMemoryObjects } from '../../support/in-memory-objects.ts';
import {
  deadLettered,
  deferred,
  delivered,
  dismissed,
  NOON_MS,
  received,
} from '../../support/timed-facts.ts';

const HOUR_MS = 3_600_000;
const replay = { runId: 'r', reason: 'test' };

interface Situation {
  archived: Fact[];
  spilled?: Fact[];
  parked?: Fact[];
  givenUp?: Fact[];
  acked?: string[];
  options?: Partial<AuditOptions>;
}

/** Audits at one hour past noon; what is pending for more than two hours is lost. */
async function auditOf(situation: Situation) {
  const { archived, spilled = [], parked = [], givenUp = [], acked, options } = situation;
  const [archive, spill, failures] = [1, 2, 3].map(() => new InMemoryObjects());
  if (!archive || !spill || !failures) throw new Error('no stores');
  for (const [index, fact] of archived.entries())
    await archive.archive(`facts/dt=2026-03-01/hh=12/${String(index).padStart(4, '0')}.gz`, [fact]);
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
    { archive, spill, failures, dispatchFunctionName: 'dispatch' },
    {
      range: ALL_TIME,
      nowMs: NOON_MS + HOUR_MS,
      pendingWithinMs: 2 * HOUR_MS,
      shown: 10,
      ...(acked ? { acked: each(acked) } : {}),
      ...options,
    },
  );
}

async function* each(ids: string[]) {
  yield* ids;
}

const old = { atMs: NOON_MS - 2 * HOUR_MS };

describe('audit', () => {
  it('holds when every event has ended, or may still be delivered', async () => {
    const report = await auditOf({
      archived: [
        ...[received('a'), delivered('a'), received('b'), deadLettered('b')],
        ...[received('c'), received('e', old)],
      ],
      spilled: [received('d', old)],
      givenUp: [received('e', old)],
      acked: ['a', 'b', 'c', 'd', 'e'],
    });
    expect(report).toMatchObject({
      holds: true,
      events: {
        ...{ received: 5, delivered: 1, deadLettered: 1, pending: 2 },
        ...{ givenUp: 1, unaccounted: 0, replayed: 0 },
      },
      offences: { unaccounted: 0, neverReceived: 0, deliveredTwice: 0, missing: 0, givenUp: 1 },
      offenders: { givenUp: ['e'] },
      acked: 5,
    });
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

  it('holds also where the archive has facts twice', async () => {
    const facts = [received('a'), delivered('a')];
    const report = await auditOf({ archived: [...facts, ...facts] });
    expect(report).toMatchObject({ holds: true, archive: { facts: 2, repeated: 2 } });
  });

  describe('of parked events', () => {
    const long = { atMs: NOON_MS - 50 * HOUR_MS };
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

    it('leaves one that returned pending, for a day and what a delivery may take after it was due', async () => {
      const dueAgo = (hours: number) => ({ ...old, untilMs: NOON_MS + HOUR_MS - hours * HOUR_MS });
      const archived = [
        ...[received('due', old), deferred('due', dueAgo(25))],
        ...[waiting('back'), received('back', old), deferred('back', dueAgo(26))],
        ...[waiting('late'), received('late', old), deferred('late', dueAgo(27))],
        ...[...parked('done'), waiting('done'), delivered('done', { deferral: 1 })],
      ];
      expect(await auditOf({ archived })).toMatchObject({
        events: { received: 4, delivered: 1, pending: 2, parked: 0, unaccounted: 1 },
        offenders: { unaccounted: ['late'] },
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
        options: { range: { fromMs, toMs }, nowMs: NOON_MS + 1000 * HOUR_MS },
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
      expect(await auditOf({ archived, options: { pendingWithinMs: 4 * HOUR_MS } })).toMatchObject({
        ...{ holds: true, events: { received: 1 }, archive: { facts: 3, repeated: 0 } },
      });
    });
  });

  it('names an event that the stream cannot hold any more', async () => {
    const report = await auditOf({ archived: [received('old', old), received('young')] });
    expect(report).toMatchObject({
      holds: false,
      events: { unaccounted: 1, pending: 1 },
      offenders: { unaccounted: ['old'] },
    });
  });

  it('lets a replayed event be pending again', async () => {
    const archived = [received('old', old), received('old', { replay })];
    expect(await auditOf({ archived })).toMatchObject({
      holds: true,
      events: { received: 1, pending: 1, replayed: 1 },
    });
  });

  it('names what ended without having been received', async () => {
    expect(await auditOf({ archived: [delivered('ghost')] })).toMatchObject({
      holds: false,
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
      holds: false,
      events: { received: 3, delivered: 3, replayed: 1 },
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
    expect(report).toMatchObject({ holds: false, offenders: { missing: ['lost'] }, acked: 2 });
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

  it('lists so many offenders as asked for', async () => {
    const archived = Array.from({ length: 30 }, (_, index) => received(`lost${index}`, old));
    const few = await auditOf({ archived });
    expect(few.offences.unaccounted).toBe(30);
    expect(few.offenders.unaccounted).toHaveLength(10);
    const all = await auditOf({ archived, options: { shown: Number.POSITIVE_INFINITY } });
    expect(new Set(all.offenders.unaccounted).size).toBe(30);
  });
});
