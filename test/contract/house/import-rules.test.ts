import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
const BIOME = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'import-rules-'));
  await cp(join(ROOT, 'biome.json'), join(folder, 'biome.json'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Whether the linter refuses an import in a file at that path of the project. */
async function isRefused(path: string, specifier: string): Promise<boolean> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `import { thing } from '${specifier}';\n\nexport const it = thing;\n`);
  const flags = ['lint', '--vcs-enabled=false', '--only=style/noRestrictedImports', path];
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, [BIOME, ...flags], { cwd: folder }, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
  expect(output).toContain('Checked 1 file');
  return output.includes('noRestrictedImports');
}

describe('the import rules', () => {
  it.each([
    ['lib/dispatch/x.ts', '@aws-sdk/client-kinesis'],
    ['lib/x.ts', '@smithy/node-http-handler'],
    ['handlers/x.ts', '@aws-sdk/client-s3'],
    ['local/x.ts', '@aws-sdk/client-s3'],
    ['lib/dispatch/x.ts', '../ingest/answer.ts'],
    ['lib/ingest/x.ts', '../aws/kinesis-append.ts'],
    ['lib/event/x.ts', '../dispatch/outcome.ts'],
    ['lib/aws/x.ts', '../dispatch/outcome.ts'],
    ['lib/status/x.ts', '../aws/timestream-record.ts'],
    ['lib/traces/x.ts', '../aws/secrets-manager-reader.ts'],
    ['lib/traces/x.ts', '../status/rows.ts'],
    ['lib/archive/x.ts', '../status/rows.ts'],
    ['lib/replay/x.ts', '../dispatch/outcome.ts'],
    ['lib/archive/x.ts', '../replay/audit.ts'],
    ['lib/target/x.ts', '@aws-sdk/client-kinesis'],
    ['lib/target/x.ts', '../dispatch/outcome.ts'],
    ['lib/target/x.ts', '../aws/kinesis-append.ts'],
    ['lib/target/x.ts', '../../scripts/flags.ts'],
    ['lib/dispatch/x.ts', '../../handlers/ingest.ts'],
    ['lib/x.ts', '../scripts/flags.ts'],
    ['handlers/x.ts', '../scripts/flags.ts'],
    ['scripts/x.ts', '../handlers/ingest.ts'],
    ['local/x.ts', '../handlers/ingest.ts'],
    ['handlers/x.ts', '../local/layout.ts'],
    ['console/server/x.ts', '../../scripts/flags.ts'],
    ['console/app/x.tsx', '@aws-sdk/client-s3'],
    ['lib/console/x.ts', '../aws/s3-client.ts'],
    ['lib/console/x.ts', '../../scripts/flags.ts'],
  ])('refuse that %s imports %s', async (path, specifier) => {
    expect(await isRefused(path, specifier)).toBe(true);
  });

  it.each([
    ['lib/aws/x.ts', '@aws-sdk/client-kinesis'],
    ['lib/dispatch/x.ts', '../event/fact.ts'],
    ['lib/dispatch/x.ts', '../ports.ts'],
    ['lib/dispatch/x.ts', '../target/contract.ts'],
    ['lib/target/x.ts', '../event/timestamp.ts'],
    ['lib/target/x.ts', '../http.ts'],
    ['lib/aws/x.ts', '../status/rows.ts'],
    ['lib/replay/x.ts', '../archive/entry.ts'],
    ['handlers/x.ts', '../lib/dispatch/deliver-batch.ts'],
    ['local/x.ts', '../lib/aws/kinesis-client.ts'],
    ['console/server/x.ts', '../../lib/console/console-source.ts'],
    ['lib/console/x.ts', '../replay/lag-gauge.ts'],
    ['scripts/x.ts', '../console/server/console-server.ts'],
  ])('let %s import %s', async (path, specifier) => {
    expect(await isRefused(path, specifier)).toBe(false);
  });
});
