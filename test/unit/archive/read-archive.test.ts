import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Entry, newReadCounts } from '../../../lib/archive/entry.ts';
import { partitionsOf } from '../../../lib/archive/partitions.ts';
import { type ReadOptions, readArchive, readSpill } from '../../../lib/archive/read-archive.ts';
import { encodeFact } from '../../../lib/event/encode.ts';
import { archiveObject, InMemoryObjects } from '../../support/in-memory-objects.ts';
import { NOON_MS, received } from '../../support/timed-facts.ts';

const HOUR_MS = 3_600_000;
const PARTITION = 'facts/dt=2026-03-01/hh=12/';
const immediately = { now: () => 0, sleep: async () => undefined, after: () => () => undefined };

async function read(objects: InMemoryObjects, options: ReadOptions = {}) {
  const entries: Entry[] = [];
  const counts = newReadCounts();
  for await (const batch of readArchive(objects, { counts, clock: immediately, ...options }))
    entries.push(...batch);
  const ids = entries.flatMap((entry) => (entry.kind === 'fact' ? [entry.fact.eventId] : []));
  const damages = entries.flatMap((entry) =>
    entry.kind === 'damaged'
      ? [`${entry.key.slice(PARTITION.length)}:${entry.line}: ${entry.detail}`]
      : [],
  );
  return { entries, ids, damages, counts };
}

const many = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => received(`e${from + index}`));

describe('partitionsOf', () => {
  it('is an hour wider before and a day after, and takes days whole', () => {
    const range = { fromMs: NOON_MS, toMs: NOON_MS + HOUR_MS };
    expect(partitionsOf('facts/', range)).toEqual([
      ...Array.from({ length: 13 }, (_, hour) => `facts/dt=2026-03-01/hh=${11 + hour}/`),
      ...Array.from(
        { length: 13 },
        (_, hour) => `facts/dt=2026-03-02/hh=${String(hour).padStart(2, '0')}/`,
      ),
    ]);
    const week = partitionsOf('facts/', { fromMs: NOON_MS, toMs: NOON_MS + 7 * 24 * HOUR_MS });
    expect(week).toContain('facts/dt=2026-03-05/');
    expect(week).toHaveLength(13 + 7 + 12);
  });

  it('is everything where the range has an open end, or is very long', () => {
    expect(partitionsOf('facts/', { fromMs: Number.NEGATIVE_INFINITY, toMs: 0 })).toEqual([
      'facts/',
    ]);
    expect(partitionsOf('facts/', { fromMs: 0, toMs: NOON_MS })).toEqual(['facts/']);
  });
});

describe('readArchive', () => {
  it('reads every fact in the order of keys and lines, and says where it stands', async () => {
    const objects = new InMemoryObjects();
    for (let index = 19; index >= 0; index--)
      await objects.archive(
        `${PARTITION}${String(index).padStart(2, '0')}.gz`,
        many(50, index * 50),
      );
    const { ids, entries, counts } = await read(objects, { parallel: 4 });
    expect(ids).toEqual(Array.from({ length: 1000 }, (_, index) => `e${index}`));
    expect(entries[51]).toMatchObject({ key: `${PARTITION}01.gz`, line: 2 });
    expect(counts).toMatchObject({ objects: 20, facts: 1000, repeated: 0, damaged: 0 });
  });

  it('hands out a fact once that is there twice', async () => {
    const objects = new InMemoryObjects();
    await objects.archive(`${PARTITION}a.gz`, many(3));
    await objects.archive(`${PARTITION}b.gz`, many(4));
    expect(await read(objects)).toMatchObject({
      ids: ['e0', 'e1', 'e2', 'e3'],
      counts: { facts: 4, repeated: 3 },
    });
    expect((await read(objects, { unique: false })).ids).toHaveLength(7);
  });

  it('goes by the time of the fact, and finds it in the partition of an older record', async () => {
    const objects = new InMemoryObjects();
    const facts = [-1, 0, HOUR_MS - 1, HOUR_MS].map((ms) =>
      received(`e${ms}`, { atMs: NOON_MS + ms }),
    );
    await objects.archive('facts/dt=2026-03-01/hh=11/late.gz', facts);
    await objects.archive('facts/dt=2026-02-01/hh=11/old.gz', many(3));
    const range = { fromMs: NOON_MS, toMs: NOON_MS + HOUR_MS };
    expect((await read(objects, { range })).ids).toEqual(['e0', `e${HOUR_MS - 1}`]);
    expect(objects.opened).toEqual(['facts/dt=2026-03-01/hh=11/late.gz']);
  });

  it('reports what is damaged, and reads the rest', async () => {
    const objects = new InMemoryObjects();
    const whole = archiveObject(many(2000));
    await objects.put(`${PARTITION}1-foreign`, 'Dear reader,\nthis is no fact.\n');
    await objects.put(`${PARTITION}2-empty.gz`, '');
    await objects.put(`${PARTITION}3-cut.gz`, whole.subarray(0, whole.byteLength * 0.7));
    const line = Buffer.from(encodeFact(received('whole'))).toString();
    await objects.put(
      `${PARTITION}4-lines.gz`,
      gzipSync(`${line}\n${line.slice(0, 40)}\n\n{"v":2}\n${line}`),
    );
    await objects.put(`${PARTITION}5-empty-inside.gz`, gzipSync(''));
    await objects.archive(`${PARTITION}6.gz`, [received('last')]);
    const { ids, damages, counts } = await read(objects, { unique: false });
    expect(damages).toEqual([
      '1-foreign:0: not gzip',
      '2-empty.gz:0: the object is empty',
      expect.stringMatching(/^3-cut.gz:\d{3,}: not JSON/),
      expect.stringMatching(/^3-cut.gz:\d{3,}: damaged gzip member: unexpected end of file$/),
      expect.stringMatching(/^4-lines.gz:2: not JSON/),
      '4-lines.gz:4: schema version 2 is not 1',
    ]);
    expect(counts.damaged).toBe(6);
    expect(ids.slice(-3)).toEqual(['whole', 'whole', 'last']);
    const cut = ids.slice(0, -3);
    expect(cut.length).toBeGreaterThan(1000);
    expect(cut).toEqual(many(cut.length).map(({ eventId }) => eventId));
  });

  it('saves what stands before the damage, also of an object that failed while others were read', async () => {
    const objects = new InMemoryObjects();
    const whole = archiveObject(many(2000));
    await objects.archive(`${PARTITION}a.gz`, many(10, 5000));
    await objects.put(`${PARTITION}b.gz`, whole.subarray(0, whole.byteLength * 0.7));
    let facts = 0;
    for await (const batch of readArchive(objects)) {
      // Lets the other objects be decompressed, which happens in threads.
      for (let turn = 0; turn < 500; turn++) await new Promise((resolve) => setImmediate(resolve));
      facts += batch.filter(({ kind }) => kind === 'fact').length;
    }
    expect(facts).toBeGreaterThan(1000);
  });

  it('reports bytes that were changed inside', async () => {
    const objects = new InMemoryObjects();
    const body = archiveObject(many(2000));
    body.fill(0xff, body.byteLength >> 1, (body.byteLength >> 1) + 50);
    await objects.put(`${PARTITION}a.gz`, body);
    await objects.archive(`${PARTITION}b.gz`, [received('last')]);
    const { ids, counts } = await read(objects);
    expect(counts.damaged).toBeGreaterThan(0);
    expect(ids.at(-1)).toBe('last');
  });

  it('goes on where a connection broke, without a fact lost or repeated', async () => {
    const objects = new InMemoryObjects();
    await objects.archive(`${PARTITION}a.gz`, many(40_000));
    const size = objects.stored.get(`${PARTITION}a.gz`)?.byteLength ?? 0;
    objects.breaksAfter = (_, opening) => [0, size * 0.5, size * 0.9][opening - 1];
    const { ids, damages } = await read(objects, { unique: false });
    expect(ids).toEqual(many(40_000).map(({ eventId }) => eventId));
    expect(damages).toEqual([]);
    expect(objects.opened).toHaveLength(4);
  });

  it('rejects when a store cannot be reached at all', async () => {
    const objects = new InMemoryObjects();
    await objects.archive(`${PARTITION}a.gz`, many(10));
    objects.breaksAfter = () => 0;
    await expect(read(objects)).rejects.toThrow(/a.gz cannot be read: aborted/);
  });

  it('looks only at lines that contain a text', async () => {
    const objects = new InMemoryObjects();
    await objects.archive(`${PARTITION}a.gz`, many(5000));
    const { ids, entries } = await read(objects, { containing: '"eventId":"e4321"' });
    expect(ids).toEqual(['e4321']);
    expect(entries[0]?.line).toBe(4322);
  });

  it('gives up nothing it opened when nobody reads on', async () => {
    const objects = new InMemoryObjects();
    for (const name of 'abcdefghij') await objects.archive(`${PARTITION}${name}.gz`, many(10));
    for await (const _ of readArchive(objects, { parallel: 3 })) break;
    expect(objects.opened).toHaveLength(3);
  });

  it('reports a line without end, and goes on after it', async () => {
    const objects = new InMemoryObjects();
    const line = Buffer.from(encodeFact(received('after'))).toString();
    await objects.put(`${PARTITION}a.gz`, gzipSync(`${'x'.repeat(17 << 20)}\n${line}\n`));
    expect(await read(objects)).toMatchObject({
      ids: ['after'],
      damages: ['a.gz:1: a line of more than 16 MiB'],
    });
  });
});

describe('readSpill', () => {
  it('reads a fact an object', async () => {
    const objects = new InMemoryObjects();
    await objects.put('spill/dt=2026-03-01/hh=12/a.json', encodeFact(received('a')));
    await objects.put('spill/dt=2026-03-01/hh=12/b.json', 'not a fact');
    const entries: Entry[] = [];
    for await (const batch of readSpill(objects)) entries.push(...batch);
    expect(entries).toMatchObject([
      { kind: 'fact', fact: { eventId: 'a' } },
      { kind: 'damaged', key: 'spill/dt=2026-03-01/hh=12/b.json' },
    ]);
  });
});
