import { describe, expect, it } from 'vitest';
import { createArchiveHistory } from '../../../lib/archive/event-history.ts';
import type { Fact } from '../../../lib/event/fact.ts';
import type { EventFacts } from '../../../lib/ports.ts';
import { timelineOf } from '../../../lib/status/timeline.ts';
import { lifeLinesOf, standingOf } from '../../../scripts/trace/timeline.ts';
import { createTraceHistory } from '../../../scripts/trace/trace-history.ts';
import { InMemoryObjects } from '../../support/in-memory-objects.ts';
import { rowOfFact } from '../../support/status-rows.ts';
import { deadLettered, deferred, delivered, NOON_MS, received } from '../../support/timed-facts.ts';

const replay = { runId: 'run-1', reason: 'lost at the target' };
const REPLAYED = [
  received('e', { atMs: NOON_MS + 60_000, replay }),
  delivered('e', { atMs: NOON_MS + 61_000, replay }),
];
const LIFE = [received('e'), deadLettered('e'), ...REPLAYED];

const BY_STATUS = 'the status table, which is about a second behind';
const BY_ARCHIVE = 'the archive, which is up to 60 s behind';

/** A source over a table, which fails or holds `projected`, and an archive. */
async function lab(
  projected: Fact[] | Error | undefined,
  archived: Fact[] = [],
  withPayloads = false,
) {
  const archive = new InMemoryObjects();
  await archive.archive('facts/dt=2026-03-01/hh=12/0.gz', archived);
  const table = { holds: projected };
  const status: EventFacts = {
    async of(eventId) {
      if (table.holds instanceof Error) throw table.holds;
      return timelineOf(
        (table.holds ?? []).filter((fact) => fact.eventId === eventId).map(rowOfFact),
      );
    },
  };
  const source = createTraceHistory({
    status: projected && status,
    archive: createArchiveHistory({ archive, bufferSeconds: 60 }),
    withPayloads,
  });
  return { source, table, archive };
}

type History = Awaited<ReturnType<Awaited<ReturnType<typeof lab>>['source']['read']>>;

const typesOf = ({ facts }: History) => facts.map(({ fact }) => fact.type);

/** What a person reads, but for where it was found. */
const linesOf = (history: History) =>
  lifeLinesOf(history).map((line) => line.replace(/, (archive|status table).*/, ''));

describe('the history of an event', () => {
  it('comes from the status table alone where it is whole there, replays included', async () => {
    const { source, archive } = await lab(LIFE, [received('e')]);
    const history = await source.read('e');
    expect(history).toMatchObject({ source: BY_STATUS, notes: [], counts: { objects: 0 } });
    expect(archive.opened).toEqual([]);
    expect(lifeLinesOf(history)[1]).toContain('status table');
    const byArchive = await (await lab(undefined, LIFE)).source.read('e');
    expect(byArchive).toMatchObject({ source: BY_ARCHIVE, notes: [] });
    expect(linesOf(history)).toEqual(linesOf(byArchive));
    const nowMs = NOON_MS + 70_000;
    expect(standingOf(history, nowMs)).toEqual(standingOf(byArchive, nowMs));
  });

  it('has payloads where they are wanted, and reads only the hours of the event for them', async () => {
    const { source, archive } = await lab(LIFE, LIFE, true);
    const before = 'facts/dt=2026-02-20/hh=12/0.gz';
    await archive.archive(before, [received('e', { atMs: NOON_MS - 9 * 86_400_000 })]);
    const { facts } = await source.read('e');
    expect(facts[0]).toMatchObject({
      fact: { payload: { id: 'e' } },
      where: expect.stringMatching(/^archive/),
    });
    expect(facts.map(({ fact }) => fact.type)).toEqual(LIFE.map(({ type }) => type));
    expect(archive.opened).toEqual(['facts/dt=2026-03-01/hh=12/0.gz']);
  });

  it.each([
    ['the status table', [received('e'), received('e', { name: 'other', atMs: NOON_MS + 5 })], []],
    [
      'the archive',
      undefined,
      [received('e'), received('e', { name: 'other', atMs: NOON_MS + 5 })],
    ],
  ])('says by %s that two bodies came under one id', async (_, projected, archived) => {
    const { source } = await lab(projected, archived);
    expect((await source.read('e')).notes).toMatchObject([expect.stringMatching(/^CONFLICT: 2 /)]);
  });

  it('tells of deferrals as the archive does', async () => {
    const life = [
      received('e'),
      deferred('e'),
      received('e', { deferral: 1 }),
      delivered('e', { atMs: NOON_MS + 90_000, deferral: 1 }),
    ];
    const byStatus = await (await lab(life)).source.read('e');
    expect(typesOf(byStatus)).toEqual(['received', 'deferred', 'received', 'delivered']);
    const byArchive = await (await lab(undefined, life)).source.read('e');
    expect(linesOf(byStatus)).toEqual(linesOf(byArchive));
  });

  it.each([
    ['has no row of it', [received('other')], /has no row of it/, BY_ARCHIVE],
    ['cannot be reached', new Error('connect ECONNREFUSED'), /read: connect ECONN/, BY_ARCHIVE],
    ['knows a replay only', REPLAYED, /its beginning/, BY_ARCHIVE],
  ])('is completed from the archive where the table %s', async (_, holds, note, name) => {
    const { source } = await lab(holds, LIFE);
    const history = await source.read('e');
    expect(history).toMatchObject({ source: name, notes: [expect.stringMatching(note)] });
    expect(linesOf(history)).toEqual(linesOf(await (await lab(LIFE)).source.read('e')));
  });

  it('tells of the table what the archive, which is behind, does not hold yet', async () => {
    const { source } = await lab([delivered('e')], []);
    expect(typesOf(await source.read('e'))).toEqual(['delivered']);
  });

  it.each([
    ['the status table', LIFE],
    ['the archive', undefined],
  ])('is only what happened in the range, by %s', async (name, holds) => {
    const { source } = await lab(holds, LIFE);
    const range = { fromMs: NOON_MS + 1000, toMs: NOON_MS + 61_000 };
    const history = await source.read('e', range);
    expect(history.source).toContain(name);
    expect(typesOf(history)).toEqual(['deadLettered', 'received']);
  });

  it('forgets nothing from one look to the next when the table stops answering', async () => {
    const { source, table, archive } = await lab([received('e')]);
    expect(await source.read('e')).toMatchObject({ source: BY_STATUS });
    table.holds = new Error('');
    const without = await source.read('e');
    expect(without.notes).toEqual(['The status table cannot be read: Error']);
    expect(typesOf(without)).toEqual(['received']);
    await archive.archive('facts/dt=2026-03-01/hh=12/1.gz', [received('e'), delivered('e')]);
    expect(typesOf(await source.read('e'))).toEqual(['received', 'delivered']);
    table.holds = LIFE;
    expect(await source.read('e')).toMatchObject({ source: BY_STATUS, notes: [] });
  });
});
