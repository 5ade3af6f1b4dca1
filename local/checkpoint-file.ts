import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { messageOf } from '../lib/errors.ts';

/** A JSON file of checkpoints by name, which one process writes. */
interface CheckpointFile<Contents extends object> {
  /** Resolves with everything that is in the file, and with what was saved since. */
  load(): Promise<Contents>;
  /** Resolves once the file holds the changes; what they do not name stays. Saves made while one is written share the next write. */
  save(changes: Partial<Contents>): Promise<void>;
}

/**
 * Opens a checkpoint file. A missing file holds nothing; a damaged one rejects with an error that names it and says what
 * deleting it would do (`afterDeleting`).
 *
 * The file is replaced by renaming, so that it is whole at any time. It is not flushed to the disk: a power cut may set
 * checkpoints back, which repeats records and loses none.
 */
export function openCheckpointFile<Schema extends v.GenericSchema<object, object>>(
  path: string,
  schema: Schema,
  afterDeleting: string,
): CheckpointFile<v.InferOutput<Schema>> {
  let loading: Promise<v.InferOutput<Schema>> | undefined;
  let writing: Promise<void> = Promise.resolve();
  let queued: Promise<void> | undefined;

  const load = () => {
    loading ??= readContents(path, schema, afterDeleting).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  return {
    load,
    async save(changes) {
      const contents = Object.assign(await load(), changes);
      queued ??= writing.then(() => {
        queued = undefined;
        const written = replaceFile(path, contents);
        writing = written.catch(() => undefined);
        return written;
      });
      await queued;
    },
  };
}

async function readContents<Schema extends v.GenericSchema>(
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
  } catch (cause) {
    const problem = `The checkpoint file ${path} is damaged (${messageOf(cause)})`;
    throw new Error(`${problem}; delete it to ${afterDeleting}`, { cause });
  }
}

async function replaceFile(path: string, contents: object): Promise<void> {
  const unfinished = `${path}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(unfinished, `${JSON.stringify(contents, null, 2)}\n`);
  await rename(unfinished, path);
}
