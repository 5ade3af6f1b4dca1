import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encodeFact } from '../../lib/event/encode.ts';
import type { Fact } from '../../lib/event/fact.ts';
import type { ObjectStore } from '../../lib/object-store.ts';
import { NAMES } from '../../local/layout.ts';
import { DuckDbEngine } from '../../scripts/query/duckdb-engine.ts';
import { CURATED_PREFIX, curate, LocalArchive } from '../../scripts/query/local-archive.ts';

/** Opens an engine over both layers of an archive that `fill` writes. */
export async function openLayers(
  fill: (put: ReturnType<typeof archiveFolder>['put']) => Promise<void>,
): Promise<{ engine: DuckDbEngine; close: () => Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'layers-'));
  const { archive, objects, put } = archiveFolder(dataDir);
  await fill(put);
  const engine = await DuckDbEngine.open();
  await curate(archive, objects, engine);
  const files = async (prefix: string) =>
    (await archive.keys(prefix)).map((key) => archive.file(key));
  await engine.createRawTable(await files('facts/'));
  await engine.createCuratedTable(await files(CURATED_PREFIX));
  return {
    engine,
    async close() {
      engine.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

/** An archive bucket in a data folder, as the S3 emulator lays its files out. */
export function archiveFolder(dataDir: string) {
  const archive = new LocalArchive(dataDir, NAMES.archiveBucket);
  const objects: Pick<ObjectStore, 'put'> = {
    async put(key, body) {
      const path = archive.file(key);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, body);
      await writeFile(join(dirname(path), `${key.split('/').at(-1)}.meta.json`), '{}');
    },
  };
  return {
    archive,
    objects,
    /** Puts an object of facts into the partition of its first fact's own hour; further lines as they are given. */
    async put(name: string, facts: Fact[], furtherLines: string[] = []): Promise<string> {
      const at = facts[0]?.at ?? '';
      const key = `facts/dt=${at.slice(0, 10)}/hh=${at.slice(11, 13)}/${name}.gz`;
      const lines = facts.map((fact) => Buffer.from(encodeFact(fact)).toString());
      const text = [...lines, ...furtherLines].map((line) => `${line}\n`).join('');
      await objects.put(key, gzipSync(text), { contentType: 'application/gzip' });
      return key;
    },
  };
}
