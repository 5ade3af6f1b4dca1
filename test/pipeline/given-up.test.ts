import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readTargetIds } from '../../scripts/demo/target-client.ts';
import { SETTINGS_FILE } from '../../scripts/settings-file.ts';
import { endAll, HELD, operate, send, start } from '../support/operator.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

/** The least that Lambda takes. */
const RECORD_AGE_SECONDS = 60;

/** Settings by which Lambda gives a record up after a minute: a target that is down makes it give up nothing. */
async function impatientSettings(folder: string): Promise<string> {
  const path = join(folder, 'settings.json');
  const settings = JSON.parse(await readFile(SETTINGS_FILE, 'utf8'));
  const impatience = { dispatch_maximum_record_age_seconds: RECORD_AGE_SECONDS };
  await writeFile(path, JSON.stringify({ ...settings, ...impatience }));
  return path;
}

it('brings back what Lambda gave up, from the failures bucket', async () => {
  const folder = await temporaryFolder('failures');
  const [dataDir, acked] = [join(folder, 'data'), join(folder, 'acked.txt')];
  const run = await start(dataDir, ['--settings', await impatientSettings(folder)]);
  await operate('pause', dataDir, []);
  const known = await send(dataDir, 20, acked);
  const tooOldAtMs = Date.now() + RECORD_AGE_SECONDS * 1000 + 1000;
  await waitUntil('the records to be too old', () => Date.now() > tooOldAtMs, 90_000);
  await operate('resume', dataDir, []);
  let given = 0;
  await waitUntil('the failures bucket to hold every event', async () => {
    const { answer } = await operate<{ events: number }>('replay', dataDir, ['--failures']);
    given = answer.events;
    return given >= known.length;
  });
  expect(await readTargetIds(run.endpoints.target)).toEqual([]);

  // To the lag gauge, what was given up less than two minutes ago looks like a lane that is behind.
  const how = ['--failures', '--execute', '--reason', 'paused for too long', '--max-lag', '10m'];
  const checkpoint = ['--checkpoint', join(folder, 'run.jsonl')];
  const replayed = await operate('replay', dataDir, [...how, ...checkpoint]);
  expect(replayed).toMatchObject({ code: 0, answer: { appended: given, refused: [] } });
  await endAll(dataDir, known);
  expect(await operate('audit', dataDir, ['--acked', acked])).toMatchObject(HELD);
}, 180_000);
