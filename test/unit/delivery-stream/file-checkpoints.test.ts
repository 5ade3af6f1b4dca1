import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFileCheckpoints, SHARD_END } from '../../../local/delivery-stream/checkpoints.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoints-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('finds again what was saved, shard by shard', async () => {
  const path = join(folder, 'new', 'delivery.json');
  const first = createFileCheckpoints(path);
  expect(await first.load('shard-0')).toBeUndefined();
  await first.save({ 'shard-0': '1', 'shard-1': '2' });
  await first.save({ 'shard-0': SHARD_END });

  const second = createFileCheckpoints(path);
  expect(await second.load('shard-0')).toBe(SHARD_END);
  expect(await second.load('shard-1')).toBe('2');
  expect(await readdir(join(folder, 'new'))).toEqual(['delivery.json']);
});

test.each(['', '{"shard-0":', '{"shard-0":17}', '{"shard-0":"latest"}'])(
  'names the file that holds %s',
  async (text) => {
    const path = join(folder, 'delivery.json');
    await writeFile(path, text);
    await expect(createFileCheckpoints(path).load('shard-0')).rejects.toThrow(
      `The checkpoint file ${path} is damaged`,
    );
  },
);
