import { AwsError, unknownOperation } from '../emulators/aws-json-server.ts';
import { ACCOUNT_ID } from '../layout.ts';
import { DamagedLogError, LogWriteError } from './append-log.ts';
import {
  arnOf,
  checkRequestSize,
  type Input,
  integerOf,
  invalid,
  nameOf,
  readIterator,
  readRecord,
  readToken,
  textOf,
  writeIterator,
  writeToken,
} from './request-input.ts';
import { ShardLimits } from './shard-limits.ts';
import {
  firstAtLeast,
  notFound,
  numberOf,
  type Shard,
  type Stream,
  type Streams,
  sequenceNumberOf,
} from './streams.ts';

type Operation = (input: Input) => object | Promise<object>;

const MAX_ENTRIES = 500;
const MAX_PAGE_RECORDS = 10_000;
const MAX_PAGE_BYTES = 10 * 1024 * 1024;

/**
 * The operations of the Kinesis API that this project, the AWS CLI and Terraform use. They change streams at once: a stream is always
 * ACTIVE. Rejects with a {@link AwsError}.
 */
export function createKinesisApi(
  streams: Streams,
  {
    hasLimits,
    emptyPageEvery = Number.POSITIVE_INFINITY,
  }: { hasLimits: boolean; emptyPageEvery?: number | undefined },
) {
  const limits = new ShardLimits(hasLimits);
  const tags = new Map<string, Map<string, string>>();
  let pages = 0;

  const streamOf = (input: Input): Stream => streams.stream(nameOf(input));

  async function put(stream: Stream, input: Input) {
    const { partitionKey, data, hashKey } = readRecord(input);
    const shard = streams.shardFor(stream, partitionKey, hashKey);
    limits.write(`${stream.name}/${shard.id}`, data.length);
    const SequenceNumber = await streams.append(stream, shard, { partitionKey, data });
    return { ShardId: shard.id, SequenceNumber };
  }

  async function putOrRefuse(stream: Stream, input: Input) {
    try {
      return await put(stream, input);
    } catch (error) {
      if (!(error instanceof AwsError) || isInvalid(error)) throw error;
      return { ErrorCode: error.name, ErrorMessage: error.message };
    }
  }

  /** The most records of the next page: none for one of `emptyPageEvery` that would have some. */
  function pageLimit(limit: number, hasRecords: boolean): number {
    if (!hasRecords) return limit;
    pages += 1;
    return pages % emptyPageEvery === 0 ? 0 : limit;
  }

  function getRecords(input: Input) {
    const { streamName, shardId, number } = readIterator(textOf(input, 'ShardIterator'));
    const limit = integerOf(input, 'Limit', 1, MAX_PAGE_RECORDS) ?? MAX_PAGE_RECORDS;
    const stream = streams.stream(streamName);
    const shard = shardOf(stream, shardId);
    limits.startRead(`${streamName}/${shardId}`);
    const records: object[] = [];
    let position = streams.positionOf(stream, shard, number);
    const most = pageLimit(limit, position < shard.numbers.length);
    let bytes = 0;
    for (; position < shard.numbers.length && records.length < most; position++) {
      const record = streams.read(shard, position);
      bytes += record.data.length;
      if (bytes > MAX_PAGE_BYTES && records.length > 0) break;
      records.push({
        SequenceNumber: record.sequenceNumber,
        ApproximateArrivalTimestamp: record.arrivalMs / 1000,
        Data: record.data.toString('base64'),
        PartitionKey: record.partitionKey,
        EncryptionType: 'NONE',
      });
    }
    limits.endRead(`${streamName}/${shardId}`, bytes);
    const isAtEnd = position >= shard.numbers.length;
    const lastMs = shard.arrivalsMs[position - 1] ?? Date.now();
    const isEnded = isAtEnd && shard.closedAt !== undefined;
    const next = shard.numbers[position] ?? Math.max(number, afterLast(shard));
    return {
      Records: records,
      ...(isEnded ? {} : { NextShardIterator: writeIterator(streamName, shardId, next) }),
      MillisBehindLatest: isAtEnd ? 0 : Math.max(1, Date.now() - lastMs),
    };
  }

  function numberAt({ Timestamp }: Input, shard: Shard): number {
    const atMs = Number(Timestamp) * 1000;
    if (!Number.isFinite(atMs)) throw invalid('Timestamp is required for AT_TIMESTAMP.');
    if (atMs > Date.now()) throw invalid('The timestamp cannot be in the future.');
    const first = firstAtLeast(shard.arrivalsMs, Math.floor(atMs));
    return shard.numbers[first] ?? afterLast(shard);
  }

  function iteratorNumber(input: Input, shard: Shard): number {
    const type = textOf(input, 'ShardIteratorType');
    switch (type) {
      case 'TRIM_HORIZON':
        return 0;
      case 'LATEST':
        return afterLast(shard);
      case 'AT_TIMESTAMP':
        return numberAt(input, shard);
      case 'AT_SEQUENCE_NUMBER':
      case 'AFTER_SEQUENCE_NUMBER': {
        const number = numberOf(textOf(input, 'StartingSequenceNumber'));
        if (number === undefined || number >= streams.nextNumber)
          throw invalid(
            `StartingSequenceNumber ${input.StartingSequenceNumber} is not of this stream.`,
          );
        return type === 'AT_SEQUENCE_NUMBER' ? number : number + 1;
      }
      default:
        throw invalid(`ShardIteratorType ${type} is none.`, 'ValidationException');
    }
  }

  async function split(input: Input) {
    const stream = streamOf(input);
    const shard = openShardOf(stream, textOf(input, 'ShardToSplit'));
    const middle = BigInt(textOf(input, 'NewStartingHashKey'));
    if (middle <= shard.startHash + 1n || middle >= shard.endHash)
      throw invalid(`NewStartingHashKey ${middle} is not inside the shard ${shard.id}.`);
    await streams.reshard(
      stream.name,
      [shard],
      [
        [shard.startHash, middle - 1n],
        [middle, shard.endHash],
      ],
    );
    return {};
  }

  async function merge(input: Input) {
    const stream = streamOf(input);
    const one = openShardOf(stream, textOf(input, 'ShardToMerge'));
    const other = openShardOf(stream, textOf(input, 'AdjacentShardToMerge'));
    const [low, high] = one.startHash < other.startHash ? [one, other] : [other, one];
    if (low.endHash + 1n !== high.startHash)
      throw invalid(`Shards ${one.id} and ${other.id} are not adjacent.`);
    await streams.reshard(stream.name, [one, other], [[low.startHash, high.endHash]]);
    return {};
  }

  function describe(input: Input) {
    const stream = streamOf(input);
    return {
      StreamName: stream.name,
      StreamARN: arnOf(stream.name),
      StreamStatus: 'ACTIVE',
      StreamModeDetails: { StreamMode: 'PROVISIONED' },
      RetentionPeriodHours: stream.retentionHours,
      StreamCreationTimestamp: stream.createdMs / 1000,
      EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
      EncryptionType: 'NONE',
    };
  }

  function listShards(input: Input) {
    const given = input.NextToken === undefined ? undefined : readToken(textOf(input, 'NextToken'));
    const stream = given ? streams.stream(given.name) : streamOf(input);
    const limit = integerOf(input, 'MaxResults', 1, MAX_PAGE_RECORDS) ?? 1000;
    const from = given?.from ?? input.ExclusiveStartShardId;
    const all = stream.shards.filter(({ id }) => from === undefined || id > String(from));
    const page = all.slice(0, limit);
    const last = page.at(-1);
    return {
      Shards: page.map(describeShard),
      ...(all.length > limit && last
        ? { NextToken: writeToken({ name: stream.name, from: last.id }) }
        : {}),
    };
  }

  async function setRetention(input: Input, isIncrease: boolean) {
    const stream = streamOf(input);
    const hours = integerOf(input, 'RetentionPeriodHours', 24, 8760) ?? 24;
    const isWrongWay = isIncrease ? hours < stream.retentionHours : hours > stream.retentionHours;
    if (isWrongWay)
      throw invalid(
        `The retention period is ${stream.retentionHours} hours, and ${hours} is no change that way.`,
      );
    await streams.setRetention(stream.name, hours);
    return {};
  }

  const tagsOf = (name: string) => tags.get(name) ?? new Map<string, string>();

  const operations: Record<string, Operation> = {
    async PutRecord(input) {
      return { ...(await put(streamOf(input), input)), EncryptionType: 'NONE' };
    },
    async PutRecords(input) {
      const stream = streamOf(input);
      const entries = input.Records;
      if (!Array.isArray(entries) || entries.length === 0 || entries.length > MAX_ENTRIES)
        throw invalid(`Records must have 1 to ${MAX_ENTRIES} members.`, 'ValidationException');
      checkRequestSize(entries);
      const Records = await Promise.all(entries.map((entry) => putOrRefuse(stream, entry)));
      const FailedRecordCount = Records.filter((each) => 'ErrorCode' in each).length;
      return { FailedRecordCount, Records, EncryptionType: 'NONE' };
    },
    GetRecords: getRecords,
    GetShardIterator(input) {
      const stream = streamOf(input);
      const shard = shardOf(stream, textOf(input, 'ShardId'));
      const number = iteratorNumber(input, shard);
      return { ShardIterator: writeIterator(stream.name, shard.id, number) };
    },
    ListShards: listShards,
    ListStreams: () => ({ StreamNames: streams.names(), HasMoreStreams: false }),
    DescribeStreamSummary(input) {
      const { shards } = streamOf(input);
      const OpenShardCount = shards.filter(({ closedAt }) => closedAt === undefined).length;
      return { StreamDescriptionSummary: { ...describe(input), OpenShardCount, ConsumerCount: 0 } };
    },
    DescribeStream(input) {
      const Shards = streamOf(input).shards.map(describeShard);
      return { StreamDescription: { ...describe(input), Shards, HasMoreShards: false } };
    },
    async CreateStream(input) {
      const name = textOf(input, 'StreamName');
      if (!/^[A-Za-z0-9_.-]{1,128}$/.test(name))
        throw invalid(`${name} is no name for a stream.`, 'ValidationException');
      await streams.create(name, integerOf(input, 'ShardCount', 1, 500) ?? 1);
      return {};
    },
    async DeleteStream(input) {
      await streams.delete(nameOf(input));
      return {};
    },
    SplitShard: split,
    MergeShards: merge,
    IncreaseStreamRetentionPeriod: (input) => setRetention(input, true),
    DecreaseStreamRetentionPeriod: (input) => setRetention(input, false),
    AddTagsToStream(input) {
      const { name } = streamOf(input);
      tags.set(
        name,
        new Map([...tagsOf(name), ...Object.entries(Object(input.Tags))]) as Map<string, string>,
      );
      return {};
    },
    ListTagsForStream(input) {
      const Tags = [...tagsOf(streamOf(input).name)].map(([Key, Value]) => ({ Key, Value }));
      return { Tags, HasMoreTags: false };
    },
  };

  /** Carries out one operation. */
  return async (name: string, input: Input): Promise<object> => {
    const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (!operation) throw unknownOperation(name);
    try {
      return await operation(input);
    } catch (error) {
      if (error instanceof LogWriteError || error instanceof DamagedLogError)
        throw new AwsError('InternalFailure', error.message);
      throw error;
    }
  };
}

function isInvalid({ name }: AwsError): boolean {
  return name === 'ValidationException' || name === 'InvalidArgumentException';
}

function describeShard({ id, parents, startHash, endHash, firstNumber, closedAt }: Shard) {
  const [ParentShardId, AdjacentParentShardId] = parents;
  return {
    ShardId: id,
    ...(ParentShardId === undefined ? {} : { ParentShardId }),
    ...(AdjacentParentShardId === undefined ? {} : { AdjacentParentShardId }),
    HashKeyRange: { StartingHashKey: String(startHash), EndingHashKey: String(endHash) },
    SequenceNumberRange: {
      StartingSequenceNumber: sequenceNumberOf(firstNumber),
      ...(closedAt === undefined ? {} : { EndingSequenceNumber: sequenceNumberOf(closedAt) }),
    },
  };
}

/** The number after a shard's last record. Records that are being written come later, and have greater ones. */
function afterLast({ numbers }: Shard): number {
  return (numbers.at(-1) ?? 0) + 1;
}

function shardOf({ name, shards }: Stream, id: string): Shard {
  const shard = shards.find((each) => each.id === id);
  if (!shard)
    throw notFound(`Shard ${id} in stream ${name} under account ${ACCOUNT_ID} does not exist`);
  return shard;
}

function openShardOf(stream: Stream, id: string): Shard {
  const shard = shardOf(stream, id);
  if (shard.closedAt !== undefined) throw invalid(`Shard ${id} is closed.`);
  return shard;
}
