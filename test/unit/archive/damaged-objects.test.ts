import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Entry, newReadCounts } from '../../../lib/archive/entry.ts';
import { isMarker, readArchive, readHeads } from '../../../lib/archive/read-archive.ts';
import { encodeFact } from '../../../lib/event/encode.ts';
import { InMemoryObjects } from '../../support/in-memory-objects.ts';
import { delivered, received } from '../../support/timed-facts.ts';

const PARTITION = 'facts/dt=2026-03-01/hh=12/';
const text = (fact: ReturnType<typeof received>) => Buffer.from(encodeFact(fact)).toString();
const a = text(received('a'));
const b = text(received('b'));
const gzipOf = (...lines: string[]) => gzipSync(lines.map((line) => `${line}\n`).join(''));

async function readObjects(
  objects: Record<string, Uint8Array>,
  refuses = new Map<string, string>(),
) {
  const store = new InMemoryObjects();
  for (const [name, body] of Object.entries(objects)) await store.put(`${PARTITION}${name}`, body);
  store.refuses = (key) => refuses.get(key.slice(PARTITION.length));
  const counts = newReadCounts();
  const whole: Entry[] = [];
  for await (const batch of readArchive(store, { unique: false, counts })) whole.push(...batch);
  const heads: string[] = [];
  for await (const batch of readHeads(store, { unique: false }))
    for (const entry of batch) heads.push(nameOf(entry));
  // Both readers find the same.
  expect(heads).toEqual(whole.map(nameOf));
  const ids = whole.flatMap((entry) => (entry.kind === 'fact' ? [entry.fact.eventId] : []));
  const damages = whole.flatMap((entry) =>
    entry.kind === 'damaged'
      ? [
          `${entry.key.slice(PARTITION.length)} ${entry.byte?.of} ${entry.byte?.offset}: ${entry.detail}`,
        ]
      : [],
  );
  return { ids, damages, counts, whole };
}

const nameOf = (entry: {
  kind: string;
  line: number;
  detail?: string;
  fact?: { eventId: string };
}) => `${entry.line} ${entry.kind} ${entry.fact?.eventId ?? entry.detail}`;

describe('facts without a newline between them', () => {
  it.each([
    ['glued', `${a}${b}\n`, []],
    ['with blanks between', `${a} \r\t${b}\n`, []],
    ['without a newline at the end', `${a}${b}`, []],
    ['after a byte order mark', `\ufeff${a}\n${b}\n`, []],
    ['after blank lines', `\n  \n${a}\r\n\r\n${b}\r\n`, []],
    ['with something between', `${a}###${b}\n`, [`content ${a.length}: not JSON`]],
    [
      'after a fact that was cut',
      `${a}\n${b.slice(0, -30)}${b}\n`,
      [`content ${a.length + 1}: not JSON`],
    ],
    ['beside what is no fact', `${a}{}${b}\n`, [`content ${a.length}: schema version undefined`]],
    [
      'before what was cut',
      `${a}${b}${b.slice(0, 50)}`,
      [`content ${a.length + b.length}: not JSON`],
    ],
  ])('are read: %s', async (_, content, expected) => {
    const { ids, damages, whole } = await readObjects({ 'a.gz': gzipSync(content) });
    expect(ids).toEqual(['a', 'b']);
    expect(damages).toHaveLength(expected.length);
    for (const [index, damage] of expected.entries()) expect(damages[index]).toContain(damage);
    // A replay goes on after a place: no two facts share one.
    const lines = whole.filter(({ kind }) => kind === 'fact').map(({ line }) => line);
    expect(new Set(lines).size).toBe(lines.length);
  });

  it('are told from lines that are JSON and no facts', async () => {
    const { ids, damages } = await readObjects({
      'a.gz': gzipSync(`{}\nnull\n[]\n${a}\n7${b}\n`),
    });
    expect(ids).toEqual(['a', 'b']);
    expect(damages).toHaveLength(4);
  });

  it('are read whatever line separators their texts hold', async () => {
    const id = 'a\u2028b\u0085c\u2029d';
    const { ids, damages } = await readObjects({
      'ü +&=?#%41 é.gz': gzipOf(text(received(id)), text(delivered(id))),
    });
    expect({ ids, damages }).toEqual({ ids: [id, id], damages: [] });
  });

  it('are not looked for inside of a payload', async () => {
    const inner = JSON.parse(text(delivered('inner')));
    const fact = {
      ...received('outer'),
      payload: { id: 'outer', body: inner, 'x}{"v":1': '}{"v":1' },
    };
    const { ids, damages } = await readObjects({ 'a.gz': gzipOf(JSON.stringify(fact)) });
    expect({ ids, damages }).toEqual({ ids: ['outer'], damages: [] });
  });

  it('are read from an object of many megabytes, a little at a time, and where a connection broke', async () => {
    const store = new InMemoryObjects();
    const ids = Array.from({ length: 40_000 }, (_, index) => `e${index}`);
    const body = gzipSync(ids.map((id) => text(received(id))).join(''));
    await store.put(`${PARTITION}a.gz`, body);
    store.breaksAfter = (_, opening) => [body.byteLength * 0.4, body.byteLength * 0.7][opening - 1];
    const found: string[] = [];
    const clock = { now: () => 0, sleep: async () => undefined, after: () => () => undefined };
    for await (const batch of readArchive(store, { unique: false, clock })) {
      expect(batch.length).toBeLessThan(10_000);
      for (const entry of batch)
        found.push(entry.kind === 'fact' ? entry.fact.eventId : entry.detail);
    }
    expect(found).toEqual(ids);
    expect(store.opened).toHaveLength(3);
  }, 60_000);
});

describe('an object that is damaged', () => {
  const A = gzipOf(a);
  const B = gzipOf(b);

  it.each<[string, Uint8Array, string[]]>([
    ['several members', Buffer.concat([A, B]), []],
    ['an empty member', Buffer.concat([A, gzipSync(''), B]), []],
    [
      'a fact across members',
      Buffer.concat([gzipSync(`${a}\n${b.slice(0, 40)}`), gzipSync(b.slice(40))]),
      [],
    ],
    [
      'zero padding between',
      Buffer.concat([A, Buffer.alloc(100), B]),
      [`object ${A.byteLength}: 100 zero bytes`],
    ],
    [
      'zero padding at the end',
      Buffer.concat([A, B, Buffer.alloc(7)]),
      [`object ${A.byteLength + B.byteLength}: 7 zero bytes`],
    ],
    [
      'trailing bytes',
      Buffer.concat([A, B, Buffer.from('garbage')]),
      [`object ${A.byteLength + B.byteLength}: 7 bytes that are not gzip`],
    ],
    [
      'bytes between',
      Buffer.concat([A, Buffer.from('garbage'), B]),
      [`object ${A.byteLength}: 7 bytes that are not gzip`],
    ],
    [
      'bytes before',
      Buffer.concat([Buffer.from('garbage'), A, B]),
      ['object 0: 7 bytes that are not gzip'],
    ],
    [
      'a member whose trailer is cut',
      Buffer.concat([A, B.subarray(0, -3)]),
      [`object ${A.byteLength}: damaged gzip member: unexpected end of file`],
    ],
    [
      'a wrong checksum',
      Buffer.concat([A, withChangedByte(B, B.byteLength - 8)]),
      [`object ${A.byteLength}: damaged gzip member: its checksum`],
    ],
  ])('is read past the damage: %s', async (_, body, expected) => {
    const { ids, damages } = await readObjects({ 'a.gz': body });
    expect(ids).toEqual(['a', 'b']);
    expect(damages).toHaveLength(expected.length);
    for (const [index, damage] of expected.entries()) expect(damages[index]).toContain(damage);
  });

  it('is read after a member that was cut', async () => {
    const cut = gzipOf(...Array.from({ length: 500 }, (_, index) => text(received(`e${index}`))));
    const body = Buffer.concat([cut.subarray(0, cut.byteLength >> 1), B]);
    const { ids, damages } = await readObjects({ 'a.gz': body });
    expect(ids.at(-1)).toBe('b');
    expect(damages.at(-1)).toContain('damaged gzip member');
  });

  it.each([
    ['twice compressed', gzipSync(A)],
    ['not compressed', Buffer.from(`${a}\n`)],
    ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0])],
    ['of another kind', gzipSync(Buffer.from([0, 1, 2, 3, 255, 254]))],
    ['empty', Buffer.alloc(0)],
    ['cut in its header', A.subarray(0, 5)],
  ])('is reported, and the next is read: %s', async (_, body) => {
    const { ids, damages } = await readObjects({ 'a.gz': body, 'b.gz': B });
    expect(ids).toEqual(['b']);
    expect(damages.length).toBeGreaterThan(0);
    expect(damages.every((damage) => damage.startsWith('a.gz '))).toBe(true);
  });

  it.each([
    ['InvalidObjectState', 'archived in a cold storage class'],
    ['AccessDenied', 'access to it is denied'],
    ['KMS.DisabledException', 'its key cannot be used'],
  ])('is passed over when S3 refuses it: %s', async (name, expected) => {
    const { ids, damages, counts } = await readObjects(
      { 'a.gz': A, 'b.gz': B },
      new Map([['a.gz', name]]),
    );
    expect(ids).toEqual(['b']);
    expect(damages).toEqual([expect.stringContaining(expected)]);
    expect(counts).toMatchObject({ objects: 2, damaged: 1 });
  });

  it('loses nothing in silence, wherever bytes are cut out, changed or put in', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `e${index}`);
    const members = [ids.slice(0, 10), ids.slice(10, 20), ids.slice(20)].map((some) =>
      gzipOf(...some.map((id) => text(received(id)))),
    );
    const body = Buffer.concat(members);
    const change = fc.record({
      at: fc.nat(body.byteLength - 1),
      removed: fc.nat(200),
      put: fc.uint8Array({ maxLength: 200 }),
    });
    let losses = 0;
    await fc.assert(
      fc.asyncProperty(change, async ({ at, removed, put }) => {
        const changed = Buffer.concat([body.subarray(0, at), put, body.subarray(at + removed)]);
        const found = await readObjects({ 'a.gz': changed });
        const lost = ids.filter((id) => !found.ids.includes(id));
        if (lost.length === 0) return;
        losses += 1;
        expect(found.damages).not.toEqual([]);
      }),
      { numRuns: 150, seed: 14 },
    );
    expect(losses).toBeGreaterThan(50);
  }, 60_000);
});

function withChangedByte(body: Buffer, at: number): Buffer {
  const changed = Buffer.from(body);
  changed[at] = (changed[at] ?? 0) ^ 0xff;
  return changed;
}

describe('isMarker', () => {
  it.each([
    ['facts/dt=2026-03-01/_SUCCESS', 0, true],
    ['facts/_SUCCESS', 400, true],
    ['facts/dt=2026-03-29_$folder$', 0, true],
    ['facts/dt=2026-03-01/', 0, true],
    ['facts/dt=2026-03-01/a.gz', 0, false],
    ['facts/dt=2026-03-01/_a.gz', 10, false],
  ])('%s of %i bytes: %s', (key, size, expected) => {
    expect(isMarker(key, size)).toBe(expected);
  });
});
