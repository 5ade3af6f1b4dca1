import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createArchiveHistory } from '../../../lib/archive/event-history.ts';
import { piecesOf } from '../../../lib/archive/glued-facts.ts';
import { ALL_TIME } from '../../../lib/archive/partitions.ts';
import { encodeFact } from '../../../lib/event/encode.ts';
import type { Fact } from '../../../lib/event/fact.ts';
import { audit } from '../../../lib/replay/audit.ts';
import type { AuditOptions } from '../../../lib/replay/audit-sources.ts';
import { planReplay } from '../../../lib/replay/plan.ts';
import { ALL_REASONS } from '../../../lib/replay/selection.ts';
import { archiveObject, InMemoryObjects } from '../../support/in-memory-objects.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { delivered, NOON_MS, received } from '../../support/timed-facts.ts';
import { InMemoryStream } from '../event-source-mapping/in-memory-stream.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = NOON_MS + 3 * HOUR_MS;

const textOf = (facts: Fact[], end = '\n') =>
  facts.map((fact) => `${Buffer.from(encodeFact(fact))}${end}`).join('');

const life = (id: string, atMs = NOON_MS) => [
  received(id, { atMs }),
  delivered(id, { atMs: atMs + 1000 }),
];

/** Audits an archive with an event `a` that is whole, and what a case puts beside it. The bucket keeps versions; the journal is empty. */
async function auditOf(
  objects: Record<string, Uint8Array | string>,
  options?: Partial<AuditOptions>,
) {
  const archive = new InMemoryObjects();
  await archive.archive('facts/dt=2026-03-01/hh=12/a.gz', life('a'));
  for (const [key, body] of Object.entries(objects)) await archive.put(key, body);
  return { archive, report: await auditArchive(archive, options) };
}

function auditArchive(archive: InMemoryObjects, options: Partial<AuditOptions> = {}) {
  const clock = new ManualClock(NOW_MS);
  return audit(
    {
      ...{ archive, failures: new InMemoryObjects(), spill: new InMemoryObjects() },
      dispatchFunctionName: 'dispatch',
      versions: {
        keptMs: 720 * HOUR_MS,
        isKept: async () => true,
        listLost: async function* () {},
      },
      journal: {
        ...{ reader: new InMemoryStream(clock), clock, pauseMs: 0, patienceMs: 60_000 },
        isWitness: false,
      },
    },
    {
      ...{ range: ALL_TIME, nowMs: NOW_MS, retentionMs: 24 * HOUR_MS, archiveLagMs: 300_000 },
      ...{ shown: 10, ...options },
    },
  );
}

const KEY = 'facts/dt=2026-03-01/hh=12/b.gz';
const b = textOf(life('b'));
const many = textOf(Array.from({ length: 300 }, (_, index) => life(`m${index}`)).flat());
const half = (bytes: Uint8Array) => bytes.subarray(0, bytes.byteLength >> 1);

describe('an audit reads all that', () => {
  it.each<[string, Uint8Array]>([
    ['has CRLF at the ends of lines', gzipSync(textOf(life('b'), '\r\n'))],
    ['begins with a byte order mark', gzipSync(`\ufeff${b}`)],
    ['has blank lines', gzipSync(`\n\r\n  \n${b}\n\n`)],
    ['lacks the last line feed', gzipSync(b.trimEnd())],
    [
      'is in many members, some of them empty',
      Buffer.concat([gzipSync(''), gzipSync(b), gzipSync('')]),
    ],
    [
      'is cut between lines into members',
      Buffer.concat([gzipSync(b.slice(0, 50)), gzipSync(b.slice(50))]),
    ],
    [
      'has members of spaces, as others write JSON',
      gzipSync(`${textOf(life('b')).replaceAll('","', '" , "').replaceAll('":"', '" : "')}`),
    ],
  ])('%s', async (_, body) => {
    const { report } = await auditOf({ [KEY]: body });
    expect(report).toMatchObject({
      verdict: 'holds',
      events: { received: 2, delivered: 2 },
      archive: { damaged: 0 },
    });
  });

  it('lies at the border of an hour, or of a day', async () => {
    const atMs = Date.UTC(2026, 1, 28, 23, 59, 59, 999);
    const { report } = await auditOf(
      {
        'facts/dt=2026-03-01/hh=00/b.gz': archiveObject(life('b', atMs)),
        'facts/dt=2026-02-28/hh=23/c.gz': archiveObject(life('c', atMs + 1)),
      },
      { range: { fromMs: atMs, toMs: atMs + 1 } },
    );
    expect(report).toMatchObject({ verdict: 'holds', events: { received: 1, delivered: 1 } });
  });
});

describe('an audit proves nothing, and names the place, where', () => {
  it.each<[string, Uint8Array | string, RegExp, number?]>([
    ['an object is UTF-16', gzipSync(Buffer.from(b, 'utf16le')), /not JSON/],
    ['an object is not gzip', b, /not gzip/],
    [
      'facts stand in an array',
      gzipSync(`[${textOf(life('b'), ',').slice(0, -1)}]\n`),
      /not JSON|not a JSON object/,
    ],
    ['arrays are nested very deeply', gzipSync(`${'['.repeat(500_000)}\n${b}`), /not JSON/],
    [
      'a line is longer than any record',
      gzipSync(`${'x'.repeat(17 << 20)}\n${b}`),
      /more than 16 MiB/,
    ],
    ['a fact is of another version', gzipSync(`${b.replaceAll('"v":1', '"v":2')}`), /version 2/],
    ['a time is no time', gzipSync(b.replaceAll('2026-03-01', '2026-13-01')), /at is not a time/],
    [
      'a time is in the future',
      gzipSync(b.replaceAll('2026-03-01', '2099-03-01')),
      /in the future: 2099/,
    ],
    ['a folder marker has content', gzipSync('a folder'), /not JSON/],
  ])('%s', async (_, body, detail) => {
    const { report } = await auditOf({ [KEY]: body });
    expect(report.verdict).toBe('not proven');
    expect(report.damages[0]).toMatchObject({ key: KEY, detail: expect.stringMatching(detail) });
    expect(report.findings.join()).toContain('could not be read');
    expect(report.events).toMatchObject({ unaccounted: 0 });
  });

  it('a member is cut in the middle and another follows: what is read of both may be wrong', async () => {
    const twice = textOf([...life('m1'), delivered('m1', { atMs: NOON_MS + 5000 })]);
    const { report } = await auditOf({
      [KEY]: Buffer.concat([half(gzipSync(many)), gzipSync(b)]),
      'facts/dt=2026-03-01/hh=12/c.gz': gzipSync(twice),
    });
    // An event that seems to be created twice proves nothing here either.
    expect(report).toMatchObject({
      verdict: 'not proven',
      offences: { deliveredTwice: 1 },
      archive: { wrong: 1 },
      damages: expect.arrayContaining([expect.objectContaining({ key: KEY })]),
    });
  });

  it('an object vanishes between listing and reading, or while it is read', async () => {
    for (const breaksAfter of [0, 2000]) {
      const archive = new InMemoryObjects();
      await archive.archive('facts/dt=2026-03-01/hh=12/a.gz', life('a'));
      const random = Array.from({ length: 400 }, (_, index) => life(`${Math.sin(index)}`)).flat();
      await archive.archive(KEY, random);
      archive.breaksAfter = (key, opening) => {
        if (key !== KEY) return undefined;
        if (opening === 1) setImmediate(() => archive.stored.delete(KEY));
        return breaksAfter;
      };
      const report = await auditArchive(archive);
      expect(report).toMatchObject({ verdict: 'not proven', archive: { damaged: 1 } });
      expect(report.damages).toMatchObject([{ key: KEY, detail: 'the object is gone' }]);
    }
  });
});

describe('an audit holds, and says of what,', () => {
  it('of an empty bucket, and of a range without events', async () => {
    expect(await auditArchive(new InMemoryObjects())).toMatchObject({
      verdict: 'holds',
      events: { received: 0 },
    });
    const range = { fromMs: NOON_MS - 2 * HOUR_MS, toMs: NOON_MS - HOUR_MS };
    const { report } = await auditOf({}, { range });
    expect(report).toMatchObject({ verdict: 'holds', events: { received: 0 } });
  });

  it('of what a function stamped whose clock is ahead', async () => {
    const { report } = await auditOf(
      { 'facts/dt=2026-03-01/hh=15/b.gz': archiveObject(life('b', NOW_MS + 5000)) },
      {
        range: { fromMs: NOON_MS, toMs: NOW_MS },
        acked: (async function* () {
          yield 'b';
        })(),
      },
    );
    expect(report).toMatchObject({
      verdict: 'holds',
      events: { received: 2 },
      offences: { missing: 0 },
    });
  });
});

it('a line of thousands of cut facts is read in no time, and the whole ones in it are found', () => {
  const cut = '{"v":1,"type":"received","eventId":"';
  const whole = textOf(life('b'), '');
  const pieces = piecesOf(cut.repeat(50_000) + whole);
  expect(pieces.length).toBeGreaterThan(50_000);
  expect(pieces.map(({ text }) => text).join('')).toBe(cut.repeat(50_000) + whole);
}, 2000);

/** A plan to replay all of an archive that holds one object. */
async function planOf(body: Uint8Array) {
  const archive = new InMemoryObjects();
  await archive.put(KEY, body);
  const plan = await planReplay(
    { archive, failures: new InMemoryObjects(), dispatchFunctionName: 'dispatch' },
    {
      ...{ source: 'archive', range: ALL_TIME, state: 'undelivered', reasons: [...ALL_REASONS] },
      ...{ ids: undefined, name: undefined, limit: Number.POSITIVE_INFINITY },
      ...{ endedBeforeMs: NOW_MS, givenUpBeforeMs: NOW_MS },
    },
    { nowMs: NOW_MS },
  );
  return { archive, plan };
}

describe('replay and trace', () => {
  it('find what stands before and after damage', async () => {
    const body = Buffer.concat([
      gzipSync(textOf([received('b')], '\r\n')),
      ...[Buffer.alloc(64), gzipSync(textOf([received('c')])), half(gzipSync(many))],
    ]);
    const { archive, plan } = await planOf(body);
    expect(plan.isFound('b') && plan.isFound('c')).toBe(true);
    expect(plan).toMatchObject({ wrong: 0, counts: { damaged: expect.any(Number) } });
    expect(plan.events).toBeGreaterThanOrEqual(2);
    const { facts, damages } = await createArchiveHistory({ archive, bufferSeconds: 1 }).read('c');
    expect(facts).toMatchObject([{ fact: { type: 'received', eventId: 'c' } }]);
    expect(damages[0]).toMatchObject({
      key: KEY,
      detail: expect.stringContaining('64 zero bytes'),
    });
  });

  it('does not send what may be wrong', async () => {
    const body = Buffer.concat([gzipSync(textOf([received('b')])), gzipSync(many)]);
    // In the trailer of the second member: all that it holds looks right.
    body[body.byteLength - 6] = 255 - (body[body.byteLength - 6] ?? 0);
    const { plan } = await planOf(body);
    expect(plan).toMatchObject({ events: 0, wrong: 1, damages: [{ isContentWrong: true }] });
  });
});
