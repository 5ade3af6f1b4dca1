import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { afterEach, expect, test, vi } from 'vitest';
import '../../../local/emulators/fixed-kinesalite.ts';
import type {
  GetRecordsInput,
  GetRecordsOutput,
} from '../../../local/emulators/fixed-get-records.ts';
import type {
  GetShardIteratorInput,
  GetShardIteratorOutput,
} from '../../../local/emulators/fixed-get-shard-iterator.ts';
import { type Action, db } from '../../../local/emulators/kinesalite-store.ts';

const require = createRequire(import.meta.url);
const store = db.create({ createStreamMs: 0 });

function call<Input, Output>(operation: string, input: Input): Promise<Output | undefined> {
  const action: Action<Input, Output> = require(`kinesalite/actions/${operation}.js`);
  return promisify<Output | undefined>((done) => action(store, input, done as never))();
}

afterEach(() => {
  vi.useRealTimers();
});

test('a first record stamped before a read and stored after it is read next', async () => {
  const at = (ms: number) => vi.setSystemTime(Date.UTC(2026, 0, 1) + ms);
  vi.useFakeTimers({ toFake: ['Date'] });
  at(0);
  const StreamName = 'journal';
  await call('createStream', { StreamName, ShardCount: 1 });
  await expect.poll(() => call('listShards', { StreamName })).toMatchObject({ Shards: [{}] });
  const opened = await call<GetShardIteratorInput, GetShardIteratorOutput>('getShardIterator', {
    ...{ StreamName, ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' },
  });

  const read = (ShardIterator = '') =>
    call<GetRecordsInput, GetRecordsOutput>('getRecords', { ShardIterator });
  at(5_001);
  const empty = await read(opened?.ShardIterator);
  at(4_999);
  await call('putRecord', { StreamName, PartitionKey: 'a', Data: 'YQ==' });
  at(5_100);
  const page = await read(empty?.NextShardIterator);
  expect(page?.Records).toHaveLength(1);
});
