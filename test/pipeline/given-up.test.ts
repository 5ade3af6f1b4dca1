import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { changeTarget, readTargetIds } from '../../scripts/demo/target-client.ts';
import { SETTINGS_FILE } from '../../scripts/settings-file.ts';
import { endAll, HELD, operate, send, start } from '../support/operator.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

/** Settings by which Lambda gives a batch up at its first failure. */
async function impatientSettings(folder: string): Promise<string> {
  const path = join(folder, 'settings.json');
  const settings = JSON.parse(await readFile(SETTINGS_FILE, 'utf8'));
  const impatience = { dispatch_maximum_retry_attempts: 0, dispatch_timeout_seconds: 16 };
  await writeFile(path, JSON.stringify({ ...settings, ...impatience, target_timeout_ms: 1000 }));
  return path;
}

it('brings back what Lambda gave up, from the failures bucket', async () => {
  const folder = await temporaryFolder('failures');
  const [dataDir, acked] = [join(folder, 'data'), join(folder, 'acked.txt')];
  const run = await start(dataDir, ['--settings', await impatientSettings(folder)]);
  const { target } = run.endpoints;
  await changeTarget(target, { outage: { afterMs: 0, durationMs: 3_600_000, mode: '503' } });
  const known = await send(dataDir, 20, acked);
  let given = 0;
  await waitUntil('the failures bucket to hold every event', async () => {
    const { answer } = await operate<{ events: number }>('replay', dataDir, ['--failures']);
    given = answer.events;
    return given >= known.length;
  });
  await changeTarget(target, { outage: null });
  expect(await readTargetIds(target)).toEqual([]);

  const how = ['--failures', '--execute', '--reason', 'target back'];
  const checkpoint = ['--checkpoint', join(folder, 'run.jsonl')];
  const replayed = await operate('replay', dataDir, [...how, ...checkpoint]);
  expect(replayed).toMatchObject({ code: 0, answer: { appended: given, refused: [] } });
  await endAll(dataDir, known);
  expect(await operate('audit', dataDir, ['--acked', acked])).toMatchObject(HELD);
});
