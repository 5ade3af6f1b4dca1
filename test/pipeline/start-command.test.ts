import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Entry } from '../../lib/archive/entry.ts';
import { readArchive } from '../../lib/archive/read-archive.ts';
import { createS3Client } from '../../lib/aws/s3-client.ts';
import { createS3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import { IDENTITY } from '../../local/layout.ts';
import { readTargetIds } from '../../scripts/demo/target-client.ts';
import type { Endpoints } from '../../scripts/endpoints.ts';
import { SETTINGS_FILE } from '../../scripts/settings-file.ts';
import { send } from '../support/operator.ts';
import { type RunningStart, runCommand, startLocalRun } from '../support/start-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

/** How many events the batches of a run delivered, as dispatch logged at the end of each. */
function deliveredByReports(log: string): number {
  const counts = readFileSync(log, 'utf8').matchAll(/"message":"batch".*"delivered":(\d+)/g);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** One line for a person, and exit code 2. */
async function expectRefusal(flags: string[], message: RegExp): Promise<void> {
  const { code, stdout, stderr } = await runCommand('start', flags);
  expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(message)]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
}

/** The ids of the archive's facts, by type: an event of two records has two, an append that was repeated counts once. */
async function archivedIds({ s3, archiveBucket }: Endpoints) {
  const client = createS3Client({ endpoint: s3, identity: IDENTITY });
  const archive = createS3ObjectStore({ client, bucket: archiveBucket });
  const entries: Entry[] = [];
  for await (const batch of readArchive(archive)) entries.push(...batch);
  expect(entries.filter(({ kind }) => kind === 'damaged')).toEqual([]);
  const facts = entries.flatMap((entry) => (entry.kind === 'fact' ? [entry.fact] : []));
  const distinct = [...new Map(facts.map((fact) => [JSON.stringify(fact), fact])).values()];
  const idsOf = (type: string) =>
    distinct.filter((fact) => fact.type === type).map(({ eventId }) => eventId);
  return { received: idsOf('received'), delivered: idsOf('delivered') };
}

/** A run that a failing test does not leave behind. */
async function startRun(dataDir: string, flags: string[]): Promise<RunningStart> {
  const run = await startLocalRun(dataDir, flags);
  onTestFinished(() => run.killGroup('SIGKILL'));
  return run;
}

describe('npm start', () => {
  it('refuses a flag that it does not know', async () => {
    await expectRefusal(['--shard', '2'], /--shard.*--shards/);
  });

  it('refuses a port that is in use', async () => {
    const dataDir = await temporaryFolder('port');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    await expectRefusal(['--base-port', String(port), '--data-dir', dataDir], /ports? \d+.*in use/);
  });

  it('refuses a folder that it cannot write', async () => {
    const folder = await temporaryFolder('folder');
    const file = join(folder, 'a-file');
    await writeFile(file, '');
    await expectRefusal(
      ['--base-port', '0', '--data-dir', join(file, 'data')],
      /cannot be written/,
    );
  });

  it('refuses settings that it cannot read', async () => {
    const dataDir = await temporaryFolder('settings');
    const settings = ['--settings', join(dataDir, 'none.json')];
    await expectRefusal(['--base-port', '0', '--data-dir', dataDir, ...settings], /none\.json/);
  });

  it.each([
    ['is missing', undefined, /^Cannot start: --target-credential \S+credential\.json: ENOENT/],
    [
      'is not JSON',
      'Bearer s3cret',
      /^Cannot start: --target-credential \S+json: .* is no JSON object/,
    ],
    [
      'is malformed',
      '{"headers":{"authorization":"s3cret\\n"}}',
      /^Cannot start: --target-credential \S+json: .*authorization/,
    ],
  ])('refuses a credential that %s, without its value', async (_, text, message) => {
    const folder = await temporaryFolder('credential');
    const file = join(folder, 'credential.json');
    if (text !== undefined) await writeFile(file, text);
    const where = ['--base-port', '0', '--data-dir', join(folder, 'data')];
    const { code, stdout, stderr } = await runCommand('start', [
      ...where,
      '--target-credential',
      file,
    ]);
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(message),
    });
    expect(stderr).not.toContain('s3cret');
    expect(existsSync(join(folder, 'data', 'secrets-manager'))).toBe(false);
  });

  it('refuses what the target cannot do', async () => {
    const dataDir = await temporaryFolder('share');
    const flags = ['--base-port', '0', '--data-dir', dataDir, '--target-error-share', '2'];
    await expectRefusal(flags, /error-share/);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'finishes the batch in hand at %s, flushes the archive and goes on at the next start',
    async (signal) => {
      const dataDir = await temporaryFolder('stop');
      const first = await startRun(dataDir, ['--archive-seconds', '900', '--rate', '50']);
      const accepted = await send(dataDir, 100, join(dataDir, 'acked.txt'));
      first.killGroup(signal);
      const { code, stderr } = await first.exited;
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('Stopping') });
      expect(existsSync(join(dataDir, 'endpoints.json'))).toBe(false);

      const reported = deliveredByReports(join(dataDir, 'logs', 'dispatch.log'));
      const second = await startRun(dataDir, ['--archive-seconds', '900', '--rate', '50']);
      const { received, delivered } = await archivedIds(second.endpoints);
      expect(received).toEqual(expect.arrayContaining(accepted));
      // The batch ended by itself: it reported all that it delivered, and each has its fact. An event that a busy machine both stored
      // and spilled has two records, and so two facts.
      expect(reported).toBeGreaterThan(0);
      expect(delivered).toHaveLength(reported);
      expect(stderr).not.toContain('does not take the batch in hand');
      second.killGroup('SIGTERM');
      expect((await second.exited).code).toBe(0);
    },
  );

  it('ends in time when the target is dead, and keeps every event', async () => {
    const dataDir = await temporaryFolder('dead-target');
    // What was tried is parked when the run ends: with the usual delay it would come back after the test.
    const settings = join(await temporaryFolder('settings'), 'settings.json');
    const shared = JSON.parse(await readFile(SETTINGS_FILE, 'utf8'));
    await writeFile(settings, JSON.stringify({ ...shared, parking_delay_seconds: 1 }));
    const brief = ['--settings', settings, '--recover-seconds', '1'];
    const dead = ['--target-url', 'http://127.0.0.1:1/graphql'];
    const run = await startRun(dataDir, [...dead, ...brief]);
    const accepted = await send(dataDir, 20, join(dataDir, 'acked.txt'));
    run.killGroup('SIGTERM');
    expect((await run.exited).code).toBe(0);

    const back = await startRun(dataDir, ['--target-limit', '100', ...brief]);
    await waitUntil('all events at the target that came back', async () => {
      const atTarget = new Set(await readTargetIds(back.endpoints.target));
      return accepted.every((id) => atTarget.has(id));
    });
    back.killGroup('SIGTERM');
    expect((await back.exited).code).toBe(0);
  });
});
