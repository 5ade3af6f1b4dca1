import { AwsError } from '../emulators/aws-json-server.ts';
import { ACCOUNT_ID, IDENTITY } from '../layout.ts';

/** A request's JSON, not checked yet. Every reader here throws a {@link AwsError} for a member that the API refuses. */
export type Input = Record<string, unknown>;

const ITERATOR_VALID_MS = 300_000;
const MAX_DATA_BYTES = 1024 * 1024;
const MAX_REQUEST_BYTES = 5 * 1024 * 1024;
const MAX_KEY_CHARACTERS = 256;
const MAX_HASH = 2n ** 128n - 1n;

export function readRecord(input: Input): {
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
export function checkRequestSize(entries: Input[]): void {
  const bytes = entries.reduce(
    (sum, { Data, PartitionKey }) =>
      sum + (String(Data).length * 3) / 4 + String(PartitionKey).length,
    0,
  );
  if (bytes > MAX_REQUEST_BYTES) throw invalid(`Records exceed ${MAX_REQUEST_BYTES} bytes.`);
}

export function nameOf(input: Input): string {
  if (typeof input.StreamARN === 'string') return input.StreamARN.split('/')[1] ?? '';
  return textOf(input, 'StreamName');
}

export function arnOf(name: string): string {
  return `arn:aws:kinesis:${IDENTITY.region}:${ACCOUNT_ID}:stream/${name}`;
}

export function textOf(input: Input, member: string): string {
  const value = input[member];
  if (typeof value === 'string') return value;
  throw invalid(`${member} is required, as a text.`, 'ValidationException');
}

export function integerOf(
  input: Input,
  member: string,
  min: number,
  max: number,
): number | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (Number.isInteger(value) && Number(value) >= min && Number(value) <= max) return Number(value);
  throw invalid(`${member} must be a whole number from ${min} to ${max}.`, 'ValidationException');
}

export function invalid(message: string, name = 'InvalidArgumentException'): AwsError {
  return new AwsError(name, message);
}

export function writeIterator(streamName: string, shardId: string, number: number): string {
  return writeToken({ streamName, shardId, number, atMs: Date.now() });
}

export function readIterator(text: string): {
  streamName: string;
  shardId: string;
  number: number;
} {
  const { streamName, shardId, number, atMs } = readToken(text);
  if (typeof streamName !== 'string' || typeof shardId !== 'string' || typeof number !== 'number')
    throw invalid('Invalid ShardIterator.');
  if (Date.now() - Number(atMs) > ITERATOR_VALID_MS)
    throw new AwsError('ExpiredIteratorException', 'Iterator expired: it is older than 5 minutes.');
  return { streamName, shardId, number };
}

export function writeToken(content: object): string {
  return Buffer.from(JSON.stringify(content)).toString('base64');
}

export function readToken(text: string): { [member: string]: unknown; name: string; from: string } {
  try {
    return JSON.parse(Buffer.from(text, 'base64').toString()) as ReturnType<typeof readToken>;
  } catch {
    throw invalid('The token is none of this service.');
  }
}
