import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { exitCodeOf, UsageError } from './flags.ts';

const FOLDER = join(import.meta.dirname, '../test/bench');

/** `npm run bench -- <name> [flags]`: runs `test/bench/<name>/main.ts` and prints what it measured. */
export function main([name = '', ...flags]: string[]): Promise<number> {
  return exitCodeOf(async () => {
    const file = join(FOLDER, name, 'main.ts');
    if (!/^[a-z-]+$/.test(name) || !existsSync(file))
      throw new UsageError(`Name a benchmark: ${readdirSync(FOLDER).join(', ')}.`);
    const { main } = (await import(pathToFileURL(file).href)) as {
      main: (flags: string[]) => Promise<number>;
    };
    return main(flags);
  });
}
