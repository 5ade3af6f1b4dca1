import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { print } from './output.ts';
import { athenaDdl, glueColumnsJson } from './query/glue-schema.ts';

const ROOT = join(import.meta.dirname, '..');

/** What is generated from the description of a fact's columns; a test holds that they are up to date. */
export const GENERATED = [
  {
    path: join(ROOT, 'terraform/modules/analytics/facts-columns.json'),
    contents: glueColumnsJson(),
  },
  { path: join(ROOT, 'docs/athena.sql'), contents: athenaDdl() },
];

/** `npm run schema`: writes the tables' definitions anew, after a change of the facts. */
export async function main(): Promise<number> {
  for (const { path, contents } of GENERATED) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, contents);
    print(path);
  }
  return 0;
}
