import { gunzipSync } from 'node:zlib';
import { decodeFact } from '../event/decode.ts';
import type { Fact } from '../event/fact.ts';
import type { ObjectStore } from '../object-store.ts';

/** What stands in one line of the archive. */
export type ArchiveLine =
  | { kind: 'fact'; fact: Fact }
  /** A line, or a whole object (`line` 0), that cannot be read. */
  | { kind: 'damaged'; line: number; detail: string };

export interface ArchivedObject {
  key: string;
  lines: ArchiveLine[];
}

/** Where Firehose puts facts. */
export const FACTS_PREFIX = 'facts/';

/** Reads every object of the archive, in key order; what cannot be read is reported and does not stop it. */
export async function* readArchive(objects: ObjectStore): AsyncGenerator<ArchivedObject> {
  for await (const { key } of objects.list(FACTS_PREFIX)) {
    const body = await objects.get(key);
    if (body) yield { key, lines: readLines(body) };
  }
}

function readLines(body: Uint8Array): ArchiveLine[] {
  let text: string;
  try {
    text = gunzipSync(body).toString('utf8');
  } catch (error) {
    return [{ kind: 'damaged', line: 0, detail: `not gzip: ${(error as Error).message}` }];
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      const decoding = decodeFact(line);
      return decoding.valid
        ? { kind: 'fact', fact: decoding.fact }
        : { kind: 'damaged', line: index + 1, detail: decoding.detail };
    });
}
