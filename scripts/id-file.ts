import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { UsageError } from './flags.ts';

/** The ids of a file, one a line, as they are read; a {@link UsageError} when there is no such file. */
export function readIds(flag: string, path: string): AsyncIterable<string> {
  if (!existsSync(path)) throw new UsageError(`--${flag} ${path}: there is no such file.`);
  return linesOf(path);
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const lines = createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  for await (const line of lines) if (line !== '') yield line;
}
