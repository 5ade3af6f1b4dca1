import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Checkpoint,
  type CheckpointStore,
  createFileCheckpointStore,
} from '../../../local/event-source-mapping/checkpoint.ts';
import { createMemoryCheckpointStore } from '../../support/memory-checkpoint-store.ts';

const checkpoints: Checkpoint[] = [
  { state: 'reading', position: { type: 'TRIM_HORIZON' } },
  { state: 'reading', position: { type: 'AT_TIMESTAMP', timestampMs: 1_767_225_600_123 } },
  { state: 'reading', position: { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: '100' } },
  { state: 'finished' },
];

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoints-'));
  path = join(folder, 'mapping', 'checkpoints.json');
});
afterEach(() => rm(folder, { recursive: true }));

const stores: [string, () => CheckpointStore][] = [
  ['memory', createMemoryCheckpointStore],
  ['file', () => createFileCheckpointStore(path)],
];

describe.each(stores)('a checkpoint store in %s', (_, create) => {
  test('knows nothing of a shard that was never saved', async () => {
    expect(await create().load('a')).toBeUndefined();
  });

  test.each(checkpoints)('keeps %j', async (checkpoint) => {
    const store = create();
    await store.save('a', checkpoint);
    expect(await store.load('a')).toEqual(checkpoint);
    expect(await store.load('b')).toBeUndefined();
  });
});

describe('the file', () => {
  test('holds what was saved once the save resolves, for every shard', async () => {
    const store = createFileCheckpointStore(path);
    await Promise.all(
      checkpoints.map((checkpoint, index) => store.save(`shard-${index}`, checkpoint)),
    );
    const reopened = createFileCheckpointStore(path);
    const loaded = await Promise.all(
      checkpoints.map((_, index) => reopened.load(`shard-${index}`)),
    );
    expect(loaded).toEqual(checkpoints);
  });

  test('keeps the last of many saves of one shard', async () => {
    const store = createFileCheckpointStore(path);
    const saves = Array.from({ length: 50 }, (_, index) =>
      store.save('a', {
        state: 'reading',
        position: { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: String(index) },
      }),
    );
    await Promise.all(saves);
    expect(JSON.parse(await readFile(path, 'utf8')).a.position.sequenceNumber).toBe('49');
    expect(await readdir(join(folder, 'mapping'))).toEqual(['checkpoints.json']);
  });

  test.each([
    ['not JSON', '{"a":'],
    ['an unknown state', '{"a":{"state":"lost"}}'],
    [
      'a sequence number that is none',
      '{"a":{"state":"reading","position":{"type":"AFTER_SEQUENCE_NUMBER","sequenceNumber":"x"}}}',
    ],
  ])('is refused by name when it is %s, and left as it is', async (_, damaged) => {
    path = join(folder, 'damaged.json');
    await writeFile(path, damaged);
    const store = createFileCheckpointStore(path);
    await expect(store.load('a')).rejects.toThrow(`The checkpoint file ${path} is damaged`);
    await expect(store.save('a', { state: 'finished' })).rejects.toThrow(path);
    expect(await readFile(path, 'utf8')).toBe(damaged);
  });

  test('can be written again after a write failed', async () => {
    await writeFile(join(folder, 'mapping'), 'in the way');
    const store = createFileCheckpointStore(path);
    await expect(store.load('a')).rejects.toThrow();
    await rm(join(folder, 'mapping'));
    await store.save('a', { state: 'finished' });
    expect(await createFileCheckpointStore(path).load('a')).toEqual({ state: 'finished' });
  });
});
