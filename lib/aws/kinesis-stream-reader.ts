import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  type KinesisClient,
  ListShardsCommand,
  type _Record as SdkRecord,
  type Shard as SdkShard,
} from '@aws-sdk/client-kinesis';
import type { Shard, StreamPosition, StreamReader, StreamRecord } from '../ports.ts';

/**
 * Reads a Kinesis stream. Errors keep the names Kinesis gives them (`ExpiredIteratorException`,
 * `ProvisionedThroughputExceededException`, …); retries are those of `client`, so give it few.
 */
export function createKinesisStreamReader(options: {
  client: KinesisClient;
  streamName: string;
}): StreamReader {
  const { client, streamName: StreamName } = options;
  return {
    async listShards() {
      const shards: Shard[] = [];
      let NextToken: string | undefined;
      do {
        // Kinesis refuses a stream name beside a token.
        const page = await client.send(
          new ListShardsCommand(NextToken === undefined ? { StreamName } : { NextToken }),
        );
        shards.push(...(page.Shards ?? []).map(toShard));
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      return shards;
    },

    async open(shardId, position) {
      const { ShardIterator } = await client.send(
        new GetShardIteratorCommand({ StreamName, ShardId: shardId, ...toInput(position) }),
      );
      if (ShardIterator === undefined) throw new Error(`Kinesis gave no iterator for ${shardId}`);
      return joinIterator(shardId, ShardIterator);
    },

    async read(iterator, limit) {
      const [shardId, ShardIterator] = splitIterator(iterator);
      const page = await client.send(new GetRecordsCommand({ ShardIterator, Limit: limit }));
      return {
        records: (page.Records ?? []).map((record) => toStreamRecord(shardId, record)),
        nextIterator: page.NextShardIterator
          ? joinIterator(shardId, page.NextShardIterator)
          : undefined,
        millisBehindLatest: page.MillisBehindLatest ?? 0,
      };
    },
  };
}

// Kinesis does not say which shard a record came from, so our iterators carry it: neither a shard id
// nor base64 contains a colon.
const joinIterator = (shardId: string, kinesisIterator: string) => `${shardId}:${kinesisIterator}`;

function splitIterator(iterator: string): [shardId: string, kinesisIterator: string] {
  const colon = iterator.indexOf(':');
  return [iterator.slice(0, colon), iterator.slice(colon + 1)];
}

type IteratorInput = Pick<
  GetShardIteratorCommandInput,
  'ShardIteratorType' | 'StartingSequenceNumber' | 'Timestamp'
>;

function toInput(position: StreamPosition): IteratorInput {
  switch (position.type) {
    case 'TRIM_HORIZON':
    case 'LATEST':
      return { ShardIteratorType: position.type };
    case 'AT_TIMESTAMP':
      return { ShardIteratorType: position.type, Timestamp: new Date(position.timestampMs) };
    case 'AFTER_SEQUENCE_NUMBER':
      return {
        ShardIteratorType: position.type,
        StartingSequenceNumber: position.sequenceNumber,
      };
  }
}

function toShard(shard: SdkShard): Shard {
  const parents = [shard.ParentShardId, shard.AdjacentParentShardId];
  return {
    shardId: shard.ShardId ?? '',
    parentShardIds: parents.filter((parent) => parent !== undefined),
    closed: shard.SequenceNumberRange?.EndingSequenceNumber !== undefined,
  };
}

function toStreamRecord(shardId: string, record: SdkRecord): StreamRecord {
  return {
    shardId,
    sequenceNumber: record.SequenceNumber ?? '',
    partitionKey: record.PartitionKey ?? '',
    data: record.Data ?? new Uint8Array(),
    approximateArrivalMs: record.ApproximateArrivalTimestamp?.getTime() ?? 0,
  };
}
