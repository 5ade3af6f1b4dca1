import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeFact } from '../../../lib/event/encode.ts';
import type { Fact, ReceivedFact } from '../../../lib/event/fact.ts';
import { parkedKey } from '../../../lib/recover/spill-key.ts';
import { type AuditReport, audit } from '../../../lib/replay/audit.ts';
import type { AuditSources } from '../../../lib/replay/audit-sources.ts';
import { InMemoryObjects } from '../../support/in-memory-objects.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { deadLettered, deferred, delivered, NOON_MS, received } from '../../support/timed-facts.ts';
import { InMemoryStream, shardName } from '../event-source-mapping/in-memory-stream.ts';

/** AUDIT_RUNS and AUDIT_SEED try more, and other, worlds. */
const RUNS = Number(process.env.AUDIT_RUNS ?? 1000);
const SEED = Number(process.env.AUDIT_SEED ?? 20_260_301);

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const LAG_MS = 5 * MINUTE_MS;

/** The journal keeps records for so long. */
const RETENTION_MS = 24 * HOUR_MS;

/** An event of each fate. `lost`: dispatch settled its record, and nothing else is anywhere. */
const FATES = [
  'delivered',
  'deadLettered',
  'parked',
  'givenUp',
  'spilled',
  'pending',
  'lost',
] as const;
type Fate = (typeof FATES)[number];

/** The change to an object of the archive. */
type Harm =
  | { kind: 'remove' | 'glue' | 'duplicate' | 'rename' | 'delay' | 'crlf' | 'bom'; at: number }
  | { kind: 'cut' | 'cutAndGlue'; at: number; share: number };

interface World {
  fates: Fate[];
  harms: Harm[];
  /** Facts in an object. */
  perObject: number;
  /** The events happened so long before the audit. */
  ageMs: number;
  reads: 'journal and positions' | 'journal' | 'archive only';
  keepsVersions: boolean;
  /** The status table keeps every fact. */
  hasTable: boolean;
  isAcked: boolean;
}

const harm: fc.Arbitrary<Harm> = fc.oneof(
  fc.record({
    kind: fc.constantFrom(
      'remove' as const,
      'glue' as const,
      'duplicate' as const,
      'rename' as const,
      'delay' as const,
      'crlf' as const,
      'bom' as const,
    ),
    at: fc.nat(),
  }),
  fc.record({
    kind: fc.constantFrom('cut' as const, 'cutAndGlue' as const),
    at: fc.nat(),
    share: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
  }),
);

const world: fc.Arbitrary<World> = fc
  .record({
    fates: fc.array(
      fc.oneof(
        { weight: 8, arbitrary: fc.constant('delivered' as const) },
        { weight: 3, arbitrary: fc.constantFrom(...FATES) },
      ),
      { minLength: 1, maxLength: 30 },
    ),
    harms: fc.array(harm, { maxLength: 3 }),
    perObject: fc.integer({ min: 1, max: 12 }),
    ageMs: fc.constantFrom(MINUTE_MS, 8 * MINUTE_MS, HOUR_MS, 30 * HOUR_MS),
    reads: fc.constantFrom(
      'journal and positions' as const,
      'journal' as const,
      'archive only' as const,
    ),
    keepsVersions: fc.boolean(),
    hasTable: fc.boolean(),
    isAcked: fc.boolean(),
  })
  // What the journal does not hold any more is not pending.
  .map((each) =>
    each.ageMs < RETENTION_MS
      ? each
      : { ...each, fates: each.fates.map((fate) => (fate === 'pending' ? 'delivered' : fate)) },
  );

interface Archived {
  key: string;
  facts: Fact[];
  body: Uint8Array;
}

/** Builds the stores, does harm to the archive, and audits them. */
async function auditOf(world: World): Promise<AuditReport> {
  const { fates, harms, perObject, ageMs, keepsVersions, hasTable, isAcked } = world;
  const nowMs = NOON_MS + ageMs;
  const events = fates.map((fate, index) => ({ fate, id: `e${index}` }));
  const stores = await storesOf(events, nowMs);
  const { journal, journaled } = journalOf(events, world, nowMs);
  const { objects, removed } = harmed(archivedIn(journaled, perObject), harms);
  const archive = new InMemoryObjects();
  for (const { key, body } of objects) await archive.put(key, body);
  const at = new Date(nowMs).toISOString();
  return audit(
    {
      ...{ archive, ...stores, dispatchFunctionName: 'dispatch', journal },
      receipts: hasTable ? receiptsOf(events) : undefined,
      versions: {
        keptMs: 30 * 24 * HOUR_MS,
        isKept: async () => keepsVersions,
        listLost: () => each(removed.map((key) => ({ key, how: 'deleted', at, versionId: 'v' }))),
      },
    },
    {
      range: { fromMs: NOON_MS - HOUR_MS, toMs: nowMs },
      nowMs,
      retentionMs: RETENTION_MS,
      archiveLagMs: LAG_MS,
      shown: 10,
      ...(isAcked ? { acked: each(events.map(({ id }) => id)) } : {}),
    },
  );
}

/** The table is filled from the journal, to which what is spilled has not come yet. */
function receiptsOf(events: Event[]): AuditSources['receipts'] {
  const ids = events.filter(({ fate }) => fate !== 'spilled').map(({ id }) => id);
  return {
    keptMs: 90 * 24 * HOUR_MS,
    read: async ({ toMs }) => ({ share: 1, batches: each(toMs > NOON_MS ? [ids] : []) }),
  };
}

interface Event {
  fate: Fate;
  id: string;
}

async function storesOf(events: Event[], nowMs: number) {
  const [failures, spill] = [new InMemoryObjects(), new InMemoryObjects()];
  const Records: object[] = [];
  for (const { fate, id } of events) {
    const data = Buffer.from(encodeFact(received(id))).toString('base64');
    if (fate === 'spilled')
      await spill.put(`spill/dt=2026-03-01/hh=12/${id}.json`, encodeFact(received(id)));
    if (fate === 'givenUp') Records.push({ kinesis: { data } });
    if (fate !== 'parked') continue;
    const waiting = received(id, { deferral: 1 }) as ReceivedFact;
    await spill.put(parkedKey(waiting, nowMs + HOUR_MS), encodeFact(waiting));
  }
  const requestContext = { functionArn: 'arn:aws:lambda:eu-west-1:1:function:dispatch' };
  const body = JSON.stringify({ requestContext, payload: { Records } });
  await failures.put('aws/lambda/uuid/key', body);
  return { failures, spill };
}

/** The journal, and its facts in order. Dispatch settles in that order: what is pending comes last. */
function journalOf(events: Event[], { reads, ageMs }: World, nowMs: number) {
  const clock = new ManualClock(nowMs);
  const reader = new InMemoryStream(clock);
  const isPending = ({ fate }: Event) => Number(fate === 'pending');
  const order = events
    .filter(({ fate }) => fate !== 'spilled')
    .toSorted((one, other) => isPending(one) - isPending(other));
  // Dispatch has begun: its first note says that all before the first record is settled.
  let settledThrough = '0';
  for (const { fate, id } of order) {
    const sequenceNumber = reader.append(received(id), { ageMs });
    if (fate !== 'pending') settledThrough = sequenceNumber;
  }
  const ends = order.flatMap(({ fate, id }) => endsOf(fate, id, nowMs));
  for (const fact of ends) reader.append(fact, { ageMs });
  const positions = {
    read: async () => [{ shardId: shardName(0), settledThrough, arrivedAtMs: NOON_MS }],
  };
  const journal: AuditSources['journal'] = {
    ...{ reader, clock, pauseMs: 0, patienceMs: MINUTE_MS, isWitness: false },
    ...(reads === 'journal' ? {} : { positions }),
  };
  return {
    journal: readsJournal({ reads, ageMs }) ? journal : undefined,
    journaled: [...order.map(({ id }) => received(id)), ...ends],
  };
}

function endsOf(fate: Fate, id: string, nowMs: number): Fact[] {
  if (fate === 'delivered') return [delivered(id)];
  if (fate === 'deadLettered') return [deadLettered(id)];
  return fate === 'parked' ? [deferred(id, { untilMs: nowMs + HOUR_MS })] : [];
}

async function* each<Item>(items: Item[]) {
  yield* items;
}

function archivedIn(facts: Fact[], perObject: number): Archived[] {
  const objects: Archived[] = [];
  for (let at = 0; at < facts.length; at += perObject) {
    const some = facts.slice(at, at + perObject);
    const key = `facts/dt=2026-03-01/hh=12/${String(objects.length).padStart(3, '0')}.gz`;
    objects.push({ key, facts: some, body: bodyOf(some, '\n') });
  }
  return objects;
}

function bodyOf(facts: Fact[], delimiter: string): Uint8Array {
  return gzipSync(facts.map((fact) => Buffer.from(encodeFact(fact)) + delimiter).join(''));
}

function harmed(objects: Archived[], harms: Harm[]) {
  const removed: string[] = [];
  for (const each of harms) {
    const object = objects[each.at % Math.max(1, objects.length)];
    if (!object) continue;
    const index = objects.indexOf(object);
    if (each.kind === 'remove') removed.push(...objects.splice(index, 1).map(({ key }) => key));
    else if (each.kind === 'cutAndGlue') cutAndGlue(objects, index, each.share);
    else if (each.kind === 'duplicate') objects.push({ ...object, key: `${object.key}-again` });
    else if (each.kind === 'rename' || each.kind === 'delay')
      object.key = renamed(object.key, each.kind, each.at);
    else object.body = bodyAfter(each, object);
  }
  return { objects, removed };
}

function bodyAfter(harm: Harm, { body, facts }: Archived): Uint8Array {
  switch (harm.kind) {
    case 'cut':
      return body.subarray(0, Math.ceil(body.byteLength * harm.share));
    case 'glue':
      return bodyOf(facts, '');
    case 'crlf':
      return bodyOf(facts, '\r\n');
    case 'bom':
      return Buffer.concat([gzipSync('\ufeff'), body]);
    default:
      return body;
  }
}

/** The beginning of an object, and right behind it all of the next one. */
function cutAndGlue(objects: Archived[], index: number, share: number): void {
  const [object, next] = [objects[index], objects[index + 1]];
  if (!object || !next) return;
  const beginning = object.body.subarray(0, Math.ceil(object.body.byteLength * share));
  object.body = Buffer.concat([beginning, next.body]);
}

/** To another place in the order, or to an object of some hours later. */
function renamed(key: string, kind: 'rename' | 'delay', at: number): string {
  const name = `${at}-${key.slice(key.lastIndexOf('/') + 1)}`;
  return `facts/dt=2026-03-01/hh=${kind === 'delay' ? 15 : 12}/${name}`;
}

/** Harm that takes facts out of the archive. */
const isLoss = ({ kind }: Harm) => kind === 'remove' || kind === 'cut' || kind === 'cutAndGlue';

const readsJournal = ({ reads, ageMs }: Pick<World, 'reads' | 'ageMs'>) =>
  reads !== 'archive only' && ageMs < RETENTION_MS;

/** Facts too new for the archive are left out where no journal is read, and named. */
function isLost({ fates, reads, ageMs }: World): boolean {
  return fates.includes('lost') && (readsJournal({ reads, ageMs }) || ageMs > LAG_MS);
}

/** Nothing is missing, everything can be read, and a witness speaks. */
function isPlain(world: World): boolean {
  const { fates, harms, reads, keepsVersions } = world;
  if (fates.includes('lost') || harms.some(isLoss) || !keepsVersions) return false;
  return reads === 'journal and positions';
}

it('never says that it holds when an event is lost, nor that it does not when none is', async () => {
  const verdicts = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(world, async (world) => {
      const { verdict, findings } = await auditOf(world);
      verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
      const story = `${verdict}: ${findings.join('; ')}`;
      const isNoticed = world.isAcked || (world.hasTable && !world.fates.includes('spilled'));
      if (isLost(world) && (isNoticed || !world.harms.some(isLoss)))
        expect(verdict, story).not.toBe('holds');
      // Not even where objects were taken away: the events are where they were.
      if (!world.fates.includes('lost')) expect(verdict, story).not.toBe('does not hold');
      if (isPlain(world)) expect(verdict, story).toBe('holds');
    }),
    { numRuns: RUNS, seed: SEED },
  );
  // Each is said often enough to mean something.
  for (const verdict of ['holds', 'does not hold', 'not proven'])
    expect(verdicts.get(verdict)).toBeGreaterThan(RUNS / 50);
}, 240_000);
