import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { openLogFile } from '../../../local/log-file.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

it('appends lines to a file', async () => {
  const path = join(await temporaryFolder('log'), 'a.log');
  for (const text of ['one\n', 'two\n']) {
    const file = openLogFile(path, () => undefined);
    file.write(text);
    await file.close();
  }
  expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
});

it('tells once that it cannot be written, and ends nothing', async () => {
  // A folder in its place cannot be written either, which no full disk is needed for.
  const path = join(await temporaryFolder('log'), 'a.log');
  await mkdir(path);
  const told: string[] = [];
  const file = openLogFile(path, (line) => told.push(line));
  file.write('lost');
  await vi.waitFor(() => expect(told).toHaveLength(1));
  expect(told[0]).toMatch(/a\.log cannot be written, lines are lost: EISDIR/);
  for (let n = 0; n < 10; n++) file.write('lost, too');
  await rm(path, { recursive: true });
  await file.close();
  expect(told).toHaveLength(1);
});
