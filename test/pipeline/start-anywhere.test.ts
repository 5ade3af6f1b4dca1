import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readTargetIds } from '../../scripts/demo/target-client.ts';
import type { Endpoints } from '../../scripts/endpoints.ts';
import { send, sendAndEnd } from '../support/operator.ts';
import { runCommand, startCommand, startLocalRun } from '../support/start-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

const RUN = join(import.meta.dirname, '../../scripts/run.mjs');

async function stopped(dataDir: string, events: number): Promise<void> {
  const run = await startLocalRun(dataDir, ['--rate', '200', '--archive-seconds', '1']);
  onTestFinished(() => run.killGroup('SIGKILL'));
  await sendAndEnd(dataDir, events, join(dataDir, 'acked.txt'));
  run.killGroup('SIGTERM');
  expect(await run.exited).toMatchObject({ code: 0 });
}

describe('a local run', () => {
  it('starts whatever the shell says of AWS, and keeps its key from others', async () => {
    const dataDir = await temporaryFolder('shell');
    const environment = {
      AWS_USE_FIPS_ENDPOINT: 'true',
      AWS_USE_DUALSTACK_ENDPOINT: 'true',
      AWS_PROFILE: 'none',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    };
    const flags = ['--json', '--base-port', '0', '--data-dir', dataDir, '--rate', '200'];
    const run = startCommand('start', flags, environment);
    onTestFinished(() => run.killGroup('SIGKILL'));
    const path = join(dataDir, 'endpoints.json');
    await waitUntil('the run', async () => (await stat(path).catch(() => null)) !== null);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await send(dataDir, 20, join(dataDir, 'acked.txt'))).length).toBe(20);
  });

  it('lets senders on other machines in where it is told to, with a warning, and keeps the rest to itself', async () => {
    const dataDir = await temporaryFolder('host');
    const run = await startLocalRun(dataDir, ['--host', '0.0.0.0', '--rate', '200']);
    onTestFinished(() => run.killGroup('SIGKILL'));
    const reached = async (url: string, host: string) =>
      fetch(Object.assign(new URL(url), { hostname: host, pathname: '/health' })).then(
        () => true,
        () => false,
      );
    const { api, kinesis, s3 } = run.endpoints;
    expect(new URL(api).hostname).toBe('127.0.0.1');
    expect(await reached(api, '127.0.0.1')).toBe(true);
    const [outside] = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal);
    if (outside) {
      const { address } = outside;
      expect(await reached(api, address)).toBe(true);
      expect(await Promise.all([kinesis, s3].map((url) => reached(url, address)))).toEqual([
        false,
        false,
      ]);
    }
    run.killGroup('SIGTERM');
    const { stderr } = await run.exited;
    expect(stderr).toMatch(/NOTE: The API listens on 0\.0\.0\.0.*--api-key/);
  });

  it('refuses an address that this machine does not have', async () => {
    const { code, stderr } = await runCommand('start', ['--host', '203.0.113.1']);
    expect(stderr.trim()).toBe(
      'Cannot start: --host 203.0.113.1 is not an address of this machine.',
    );
    expect(code).toBe(2);
  });

  it('ends with the npm that started it, however npm ends', async () => {
    const dataDir = await temporaryFolder('npm');
    const flags = ['start', '--json', '--base-port', '0', '--data-dir', dataDir];
    // Stands in for npm, which waits for its script.
    const script = `require('node:child_process').spawn(process.execPath, ${JSON.stringify([RUN, ...flags])}, { stdio: 'inherit' })`;
    const npm = spawn(process.execPath, ['-e', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, npm_lifecycle_event: 'start' },
    });
    const [line] = (await once(npm.stdout, 'data')) as [Buffer];
    const { api } = JSON.parse(line.toString()) as Endpoints;
    expect((await fetch(`${api}/health`)).status).toBe(200);
    npm.kill('SIGKILL');
    await waitUntil('the end', () =>
      fetch(`${api}/health`).then(
        () => false,
        () => true,
      ),
    );
    await waitUntil(
      'its file gone',
      async () => (await stat(join(dataDir, 'endpoints.json')).catch(() => null)) === null,
    );
  });

  it.each([
    ['cut', (path: string) => truncate(path, 1000), /journal-v1\.log has 1000 bytes, and had/],
    ['deleted', (path: string) => rm(path), /journal-v1\.log/],
    [
      'of others',
      (path: string) => writeFile(path, 'x'.repeat(1e6)),
      /journal-v1\.log is damaged at byte 0/,
    ],
  ])(
    'refuses a journal that is %s, in one line, and loses nothing in silence',
    async (_, damage, message) => {
      const dataDir = await temporaryFolder('damaged');
      await stopped(dataDir, 50);
      await damage(join(dataDir, 'journal', 'journal-v1.log'));
      const { code, stdout, stderr } = await runCommand('start', [
        ...['--json', '--base-port', '0', '--data-dir', dataDir],
      ]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(message)]);
      expect(stderr).toContain('another data folder');
    },
  );

  it('delivers what is sent after its journal was replaced by an older copy, or was gone', async () => {
    const dataDir = await temporaryFolder('lost');
    const journal = join(dataDir, 'journal');
    const copy = join(await temporaryFolder('copy'), 'journal');
    const sendAndDeliver = async (acked: string) => {
      const run = await startLocalRun(dataDir, ['--rate', '200', '--archive-seconds', '1']);
      onTestFinished(() => run.killGroup('SIGKILL'));
      const ids = await send(dataDir, 20, join(dataDir, acked));
      await waitUntil('their delivery', async () => {
        const delivered = new Set(await readTargetIds(run.endpoints.target));
        return ids.every((id) => delivered.has(id));
      });
      run.killGroup('SIGTERM');
      return (await run.exited).stderr;
    };
    await stopped(dataDir, 20);
    await cp(journal, copy, { recursive: true });
    await stopped(dataDir, 50);
    await rm(journal, { recursive: true });
    await cp(copy, journal, { recursive: true });
    await sendAndDeliver('after-copy.txt');
    await rm(journal, { recursive: true });
    const stderr = await sendAndDeliver('after-nothing.txt');
    expect(stderr).toMatch(/NOTE: The journal of this data folder is missing/);
  });

  it('refuses a data folder of the first version', async () => {
    const dataDir = await temporaryFolder('old');
    await mkdir(join(dataDir, 'kinesis'));
    const flags = ['--json', '--base-port', '0', '--data-dir', dataDir];
    const { code, stderr } = await runCommand('start', flags);
    expect(code).toBe(2);
    expect(stderr).toMatch(/is of an earlier version.*--data-dir/);
    expect(await readFile(join(dataDir, 'endpoints.json')).catch(() => null)).toBeNull();
  });
});
