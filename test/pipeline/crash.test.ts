import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { readTargetIds } from '../../scripts/demo/target-client.ts';
import { startCommand, startLocalRun } from '../support/start-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

it('loses no acknowledged event when everything is killed in the middle of a send', async () => {
  const folder = await temporaryFolder('crash');
  const dataDir = join(folder, 'data');
  const acked = join(folder, 'acked.txt');
  const ackedIds = () =>
    existsSync(acked) ? readFileSync(acked, 'utf8').split('\n').filter(Boolean) : [];

  // A target that refuses a second creation would hide it: this one makes it a second item.
  const flagsOfTarget = ['--target-allow-duplicates'];
  const first = await startLocalRun(dataDir, [...flagsOfTarget, '--archive-seconds', '2']);
  const flags = [
    '--count',
    '600',
    '--rate',
    '150',
    '--data-dir',
    dataDir,
    '--acked',
    acked,
    '--json',
  ];
  const send = startCommand('send', flags);
  await waitUntil('200 acknowledged events', () => ackedIds().length >= 200);
  first.killGroup('SIGKILL');
  const { stdout } = await send.exited;
  await first.exited;

  // A call that the target throttles while everything is cold parks its event for a minute.
  const flagsOfSecond = ['--archive-seconds', '2', '--recover-seconds', '1'];
  const second = await startLocalRun(dataDir, [...flagsOfTarget, ...flagsOfSecond]);
  onTestFinished(async () => {
    second.killGroup('SIGTERM');
    await second.exited;
  });
  const accepted = ackedIds();
  expect(accepted.length).toBe((JSON.parse(stdout) as { accepted: number }).accepted);
  expect(accepted.length).toBeGreaterThanOrEqual(200);
  expect(accepted.length).toBeLessThan(600);

  let missing = accepted;
  await waitUntil(
    'every acknowledged event at the target',
    async () => {
      await delay(500);
      const atTarget = new Set(await readTargetIds(second.endpoints.target));
      missing = accepted.filter((id) => !atTarget.has(id));
      return missing.length === 0;
    },
    90_000,
  ).catch(() => undefined);
  expect(missing).toEqual([]);
  const ids = await readTargetIds(second.endpoints.target);
  expect(new Set(ids).size).toBe(ids.length);
});
