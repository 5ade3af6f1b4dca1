import { ALL_TIME } from '../../../lib/archive/partitions.ts';
import { encodeFact } from '../../../lib/event/encode.ts';
import type { Fact, ReceivedFact } from '../../../lib/event/fact.ts';
import type { LostObject } from '../../../lib/object-store.ts';
import type { ShardPosition } from '../../../lib/ports.ts';
import { parkedKey } from '../../../lib/recover/spill-key.ts';
import { audit } from '../../../lib/replay/audit.ts';
import type { AuditOptions, AuditSources } from '../../../lib/replay/audit-sources.ts';
import { InMemoryObjects } from '../../support/in-memory-objects.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { NOON_MS } from '../../support/timed-facts.ts';
import { InMemoryStream, shardName } from '../event-source-mapping/in-memory-stream.ts';

export const HOUR_MS = 3_600_000;
export const MINUTE_MS = 60_000;
export const NOW_MS = NOON_MS + HOUR_MS;
export const LAG_MS = 5 * MINUTE_MS;
export const replay = { runId: 'r', reason: 'test' };

export interface Situation {
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
export async function auditOf(situation: Situation) {
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

export async function* each<Item>(items: Item[]) {
  yield* items;
}

/** Longer ago than the journal keeps records. */
export const old = { atMs: NOON_MS - 24 * HOUR_MS };
