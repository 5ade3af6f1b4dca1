import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { messageOf } from '../lib/errors.ts';

/**
 * Reads checkpoints by shard. A missing file holds none; a damaged one rejects with an error that names it and says what
 * deleting it would do (`afterDeleting`).
 */
export async function readCheckpointFile<Schema extends v.GenericSchema>(
  path: string,
  schema: Schema,
  afterDeleting: string,
): Promise<v.InferOutput<Schema>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  try {
    return v.parse(schema, JSON.parse(text));
  } catch (error) {
    const problem = messageOf(error);
    throw new Error(
      `The checkpoint file ${path} is damaged (${problem}); delete it to ${afterDeleting}`,
      {
        cause: error,
      },
    );
  }
}

/**
 * Replaces the file by renaming, so that it is whole at any time. It is not flushed to the disk: a power cut may set
 * checkpoints back, which repeats records and loses none.
 */
export async function writeCheckpointFile(path: string, checkpoints: object): Promise<void> {
  const unfinished = `${path}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(unfinished, `${JSON.stringify(checkpoints, null, 2)}\n`);
  await rename(unfinished, path);
}
