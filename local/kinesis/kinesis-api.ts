import { DamagedLogError, LogWriteError } from './append-log.ts';
import { ShardLimits } from './shard-limits.ts';
import {
  firstAtLeast,
  KinesisError,
  notFound,
  numberOf,
  type Shard,
  type Stream,
  type Streams,
  sequenceNumberOf,
} from './streams.ts';

type Input = Record<string, unknown>;
type Operation = (input: Input) => object | Promise<object>;

const ACCOUNT_ID = '000000000000';
const REGION = 'us-east-1';
const ITERATOR_VALID_MS = 300_000;
const MAX_DATA_BYTES = 1024 * 1024;
const MAX_REQUEST_BYTES = 5 * 1024 * 1024;
const MAX_ENTRIES = 500;
const MAX_PAGE_RECORDS = 10_000;
const MAX_PAGE_BYTES = 10 * 1024 * 1024;
const MAX_KEY_CHARACTERS = 256;
const MAX_HASH = 2n ** 128n - 1n;

/**
 * The operations of the Kinesis API that this project, the AWS CLI and Terraform use. They change streams at once: a stream is always
 * ACTIVE. Rejects with a {@link KinesisError}.
 */
export function createKinesisApi(streams: Streams, { hasLimits }: { hasLimits: boolean }) {
  const limits = new ShardLimits(hasLimits);
  const tags = new Map<string, Map<string, string>>();

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
      if (!(error instanceof KinesisError) || isInvalid(error)) throw error;
      return { ErrorCode: error.name, ErrorMessage: error.message };
    }
  }

  function getRecords(input: Input) {
    const { streamName, shardId, number } = readIterator(textOf(input, 'ShardIterator'));
    const limit = integerOf(input, 'Limit', 1, MAX_PAGE_RECORDS) ?? MAX_PAGE_RECORDS;
    const stream = streams.stream(streamName);
    const shard = shardOf(stream, shardId);
    limits.startRead(`${streamName}/${shardId}`);
    const records: object[] = [];
    let position = streams.positionOf(stream, shard, number);
    let bytes = 0;
    for (; position < shard.numbers.length && records.length < limit; position++) {
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
    if (!operation) throw new KinesisError('UnknownOperationException', `${name} is not emulated.`);
    try {
      return await operation(input);
    } catch (error) {
      if (error instanceof LogWriteError || error instanceof DamagedLogError)
        throw new KinesisError('InternalFailure', error.message);
      throw error;
    }
  };
}

function isInvalid({ name }: KinesisError): boolean {
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

function readRecord(input: Input): {
  partitionKey: string;
  data: Buffer;
  hashKey: string | undefined;
} {
  const partitionKey = textOf(input, 'PartitionKey');
  if (partitionKey.length === 0 || partitionKey.length > MAX_KEY_CHARACTERS)
    throw invalid(
      `PartitionKey must have 1 to ${MAX_KEY_CHARACTERS} characters.`,
      'ValidationException',
    );
  const data = Buffer.from(textOf(input, 'Data'), 'base64');
  if (data.length > MAX_DATA_BYTES)
    throw invalid(`Data must have at most ${MAX_DATA_BYTES} bytes.`, 'ValidationException');
  return { partitionKey, data, hashKey: hashKeyOf(input) };
}

function hashKeyOf({ ExplicitHashKey: key }: Input): string | undefined {
  if (key === undefined || key === null) return undefined;
  const isHash =
    typeof key === 'string' && /^(0|[1-9]\d{0,38})$/.test(key) && BigInt(key) <= MAX_HASH;
  if (!isHash) throw invalid(`ExplicitHashKey ${key} is not from 0 to 2^128 - 1.`);
  return key;
}

/** Data and keys count (`PutRecords`). */
function checkRequestSize(entries: Input[]): void {
  const bytes = entries.reduce(
    (sum, { Data, PartitionKey }) =>
      sum + (String(Data).length * 3) / 4 + String(PartitionKey).length,
    0,
  );
  if (bytes > MAX_REQUEST_BYTES) throw invalid(`Records exceed ${MAX_REQUEST_BYTES} bytes.`);
}

function nameOf(input: Input): string {
  if (typeof input.StreamARN === 'string') return input.StreamARN.split('/')[1] ?? '';
  return textOf(input, 'StreamName');
}

function arnOf(name: string): string {
  return `arn:aws:kinesis:${REGION}:${ACCOUNT_ID}:stream/${name}`;
}

function textOf(input: Input, member: string): string {
  const value = input[member];
  if (typeof value === 'string') return value;
  throw invalid(`${member} is required, as a text.`, 'ValidationException');
}

function integerOf(input: Input, member: string, min: number, max: number): number | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (Number.isInteger(value) && Number(value) >= min && Number(value) <= max) return Number(value);
  throw invalid(`${member} must be a whole number from ${min} to ${max}.`, 'ValidationException');
}

function invalid(message: string, name = 'InvalidArgumentException'): KinesisError {
  return new KinesisError(name, message);
}

function writeIterator(streamName: string, shardId: string, number: number): string {
  return writeToken({ streamName, shardId, number, atMs: Date.now() });
}

function readIterator(text: string): { streamName: string; shardId: string; number: number } {
  const { streamName, shardId, number, atMs } = readToken(text);
  if (typeof streamName !== 'string' || typeof shardId !== 'string' || typeof number !== 'number')
    throw invalid('Invalid ShardIterator.');
  if (Date.now() - Number(atMs) > ITERATOR_VALID_MS)
    throw new KinesisError(
      'ExpiredIteratorException',
      'Iterator expired: it is older than 5 minutes.',
    );
  return { streamName, shardId, number };
}

function writeToken(content: object): string {
  return Buffer.from(JSON.stringify(content)).toString('base64');
}

function readToken(text: string): { [member: string]: unknown; name: string; from: string } {
  try {
    return JSON.parse(Buffer.from(text, 'base64').toString()) as ReturnType<typeof readToken>;
  } catch {
    throw invalid('The token is none of this service.');
  }
}
