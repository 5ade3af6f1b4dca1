import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { lockFolder } from '../../../local/kinesis/folder-lock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const LOCK = import.meta.resolve('../../../local/kinesis/folder-lock.ts');

/** A process that holds the lock until it is killed. */
async function holder(folder: string) {
  const script = `import { lockFolder } from ${JSON.stringify(LOCK)};
    await lockFolder(${JSON.stringify(folder)}); console.log('held'); setInterval(() => undefined, 1000);`;
  const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script];
  const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

it('is free again once it was given back', async () => {
  const folder = await temporaryFolder('lock');
  (await lockFolder(folder))();
  (await lockFolder(folder))();
});

it('is refused while another process holds it, and free when that was killed', async () => {
  const folder = await temporaryFolder('lock');
  const child = await holder(folder);
  await expect(lockFolder(folder)).rejects.toThrow(
    `another process uses its data folder (process ${child.pid}, ${join(folder, 'lock')})`,
  );
  child.kill('SIGKILL');
  (await lockFolder(folder))();
});

it('waits for a process that is about to end', async () => {
  const folder = await temporaryFolder('lock');
  const child = await holder(folder);
  setTimeout(() => child.kill('SIGKILL'), 500);
  (await lockFolder(folder))();
});

it('is free when the process of that id is another by now', async () => {
  const folder = await temporaryFolder('lock');
  const child = await holder(folder);
  const path = join(folder, 'lock');
  expect(await readFile(path, 'utf8')).toMatch(new RegExp(`^${child.pid}( \\d+)?$`));
  await writeFile(path, `${child.pid} 1`);
  (await lockFolder(folder))();
});
