import { createRequire } from 'node:module';
import type kinesaliteDb from 'kinesalite/db/index.js';
import type { LevelDb, Store } from 'kinesalite/db/index.js';

/** kinesalite's own storage functions, the very object that its actions use. */
export const db: typeof kinesaliteDb = createRequire(import.meta.url)('kinesalite/db/index.js');

export type Done<T> = (error: Error | null | undefined, answer?: T) => void;

/** How kinesalite implements one operation of the API. */
export type Action<Input, Output> = (store: Store, input: Input, done: Done<Output>) => void;

/** The keys of a shard's records are `<shard index in hex>/<sequence number>`. */
export function shardRange(shardIx: number): { gt: string; lt: string } {
  return { gt: db.shardIxToHex(shardIx), lt: db.shardIxToHex(shardIx + 1) };
}

export interface LastRecord {
  sequenceNumber: string;
  arrivalSeconds: number;
}

/** The newest record of a shard, if it has any. */
export async function lastRecord(
  records: LevelDb,
  shardIx: number,
): Promise<LastRecord | undefined> {
  const entry = await first<{ key: string; value: { ApproximateArrivalTimestamp: number } }>(
    records.createReadStream({ ...shardRange(shardIx), reverse: true, limit: 1 }),
  );
  if (!entry) return undefined;
  return {
    sequenceNumber: entry.key.split('/')[1] ?? '',
    arrivalSeconds: entry.value.ApproximateArrivalTimestamp,
  };
}

/** Whether the shard holds a record after this one. */
export async function hasRecordAfter(records: LevelDb, sequenceNumber: string): Promise<boolean> {
  const { gt, lt } = shardRange(db.parseSequence(sequenceNumber).shardIx);
  const next = await first(
    records.createKeyStream({ gt: `${gt}/${sequenceNumber}`, lt, limit: 1 }),
  );
  return next !== undefined;
}

async function first<T = unknown>(items: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of items) return item;
  return undefined;
}
