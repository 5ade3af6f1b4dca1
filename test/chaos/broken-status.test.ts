import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { TableStore } from '../../local/emulators/timestream/table-store.ts';
import { runCommand, startLocalRun } from '../support/start-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

/** A status table into which nothing can be written. */
function breakStatusTable(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true });
  const path = join(dataDir, 'timestream.sqlite');
  new TableStore(path).close();
  const database = new DatabaseSync(path);
  database.exec(
    "CREATE TRIGGER broken BEFORE INSERT ON records BEGIN SELECT RAISE(ABORT, 'disk on fire'); END",
  );
  database.close();
}

it('delivers every event and stops cleanly though nothing can be projected', async () => {
  const dataDir = await temporaryFolder('broken-status');
  breakStatusTable(dataDir);
  const run = await startLocalRun(dataDir);
  onTestFinished(() => run.killGroup('SIGKILL'));
  const flags = ['--count', '50', '--rate', '50', '--json', '--data-dir', dataDir];
  const { accepted } = JSON.parse((await runCommand('send', flags)).stdout);
  expect(accepted).toBeGreaterThan(0);

  await waitUntil('every accepted event at the target', async () => {
    const { items } = await (await fetch(`${run.endpoints.target}/stats`)).json();
    return items >= accepted;
  });
  const logOf = (name: string) => readFileSync(join(dataDir, 'logs', `${name}.log`), 'utf8');
  await waitUntil('the projection to have tried', () => logOf('project').includes('disk on fire'));
  expect(logOf('project')).not.toContain('"level":"error"');

  run.killGroup('SIGTERM');
  expect((await run.exited).code).toBe(0);
});
