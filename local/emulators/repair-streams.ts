import { once } from 'node:events';
import { promisify } from 'node:util';
import type { LevelDb } from 'kinesalite/db/index.js';
import { db as kinesalite } from './kinesalite-store.ts';

interface StreamEntry {
  key: string;
  value: { StreamStatus: string };
}

/**
 * Finishes what a crash cut short. kinesalite changes a stream's state after a timer that a killed process
 * never runs: without this, a stream stays CREATING, UPDATING or DELETING for ever. A split or merge that
 * had not happened yet does not happen; a stream that had no shards yet is created anew on request.
 *
 * Rejects when the folder cannot be opened, for instance because another process has it open.
 */
export async function repairStreams(path: string): Promise<void> {
  const { db, metaDb } = kinesalite.create({ path });
  await once(db, 'open');
  try {
    for (const entry of await readAll(metaDb)) await repairStream(metaDb, entry);
  } finally {
    await promisify(db.close.bind(db))();
  }
}

async function repairStream(metaDb: LevelDb, { key, value }: StreamEntry): Promise<void> {
  switch (value.StreamStatus) {
    case 'CREATING':
    case 'DELETING':
      return promisify(metaDb.del.bind(metaDb))(key);
    case 'UPDATING':
      return promisify(metaDb.put.bind(metaDb))(key, { ...value, StreamStatus: 'ACTIVE' });
  }
}

async function readAll(metaDb: LevelDb): Promise<StreamEntry[]> {
  const entries: StreamEntry[] = [];
  const stream = metaDb.createReadStream().on('data', (entry: StreamEntry) => entries.push(entry));
  await once(stream, 'end');
  return entries;
}
