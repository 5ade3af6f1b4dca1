import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { messageOf } from '../../../lib/errors.ts';
import { type DeliveryCheckpoints, SHARD_END } from './checkpoints.ts';

const fileSchema = v.record(
  v.string(),
  v.union([v.literal(SHARD_END), v.pipe(v.string(), v.digits())]),
);

/**
 * Keeps one delivery stream's checkpoints in one JSON file, which is replaced by renaming and so is whole at any
 * time. A missing file holds none; a damaged one rejects with an error that names it.
 */
export function createFileCheckpoints(path: string): DeliveryCheckpoints {
  let known: Record<string, string> | undefined;
  const readOnce = async () => {
    known ??= await readPositions(path);
    return known;
  };
  return {
    load: async (shardId) => (await readOnce())[shardId],
    async save(positions) {
      const merged = { ...(await readOnce()), ...positions };
      await writePositions(path, merged);
      known = merged;
    },
  };
}

async function readPositions(path: string): Promise<Record<string, string>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  try {
    return v.parse(fileSchema, JSON.parse(text));
  } catch (error) {
    throw new Error(
      `The checkpoint file ${path} is damaged (${messageOf(error)}); delete it to deliver the stream again from its start`,
      { cause: error },
    );
  }
}

async function writePositions(path: string, positions: Record<string, string>): Promise<void> {
  const unfinished = `${path}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(unfinished, `${JSON.stringify(positions, null, 2)}\n`);
  await rename(unfinished, path);
}
