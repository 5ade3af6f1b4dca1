import {
  type AttributeValue,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { RecordPlace, SendNote, SendNotes } from '../ports.ts';

/** Names of the attributes that hold notes begin with it. */
const PREFIX = 'n_';

/** Keys of shards' items begin with it. */
export const SHARD_PREFIX = 'shard#';

/** Bytes of a hash. */
const HASH_BYTES = 8;

/**
 * The notes of a shard's invocations in one item of a DynamoDB table, one attribute each: `{settled, open}` as hashes of eight bytes one after the other, `at`,
 * `done`, and its place as `p`. A note takes 70 bytes, of which its place takes 32, and 8 bytes for each record of a batch.
 */
export function createDynamoDbSendNotes(options: {
  client: DynamoDBClient;
  tableName: string;
}): SendNotes {
  const { client, tableName: TableName } = options;

  async function update(
    shardId: string,
    notes: ReadonlyMap<string, SendNote | undefined>,
    ReturnValues: 'NONE' | 'ALL_NEW',
  ): Promise<Record<string, AttributeValue>> {
    const ids = [...notes.keys()];
    const set = ids.filter((id) => notes.get(id));
    const remove = ids.filter((id) => !notes.get(id));
    const numbered = (id: string) => ids.indexOf(id);
    const parts = [
      set.length > 0 &&
        `SET ${set.map((id) => `#n${numbered(id)} = :n${numbered(id)}`).join(', ')}`,
      remove.length > 0 && `REMOVE ${remove.map((id) => `#n${numbered(id)}`).join(', ')}`,
    ];
    const { Attributes = {} } = await client.send(
      new UpdateItemCommand({
        TableName,
        Key: { id: { S: `${SHARD_PREFIX}${shardId}` } },
        UpdateExpression: parts.filter(Boolean).join(' '),
        ExpressionAttributeNames: Object.fromEntries(
          ids.map((id) => [`#n${numbered(id)}`, `${PREFIX}${id}`]),
        ),
        ...(set.length > 0 && {
          ExpressionAttributeValues: Object.fromEntries(
            set.map((id) => [`:n${numbered(id)}`, attributeOf(notes.get(id) as SendNote)]),
          ),
        }),
        ReturnValues,
      }),
    );
    return Attributes;
  }

  return {
    async write(shardId, notes) {
      await update(shardId, notes, 'NONE');
    },
    async exchange(shardId, notes) {
      return notesOf(await update(shardId, notes, 'ALL_NEW'));
    },
  };
}

/** The notes in a shard's item, by the ids of their invocations. */
export function notesOf(item: Record<string, AttributeValue>): Map<string, SendNote> {
  return new Map(
    Object.entries(item).flatMap(([name, value]) =>
      name.startsWith(PREFIX) && value.M ? [[name.slice(PREFIX.length), noteOf(value.M)]] : [],
    ),
  );
}

function attributeOf({ settled, open, atMs, isDone, place }: SendNote): AttributeValue {
  return {
    M: {
      // DynamoDB emulators refuse empty values.
      ...(settled.length > 0 && { settled: { B: Buffer.from(settled.join(''), 'hex') } }),
      ...(open.length > 0 && { open: { B: Buffer.from(open.join(''), 'hex') } }),
      at: { N: String(atMs) },
      ...(isDone && { done: { BOOL: true } }),
      ...(place && { p: { B: bytesOf(place) } }),
    },
  };
}

function noteOf(attributes: Record<string, AttributeValue>): SendNote {
  const { settled, open, at, done, p } = attributes;
  return {
    settled: hashesOf(settled?.B),
    open: hashesOf(open?.B),
    atMs: Number(at?.N ?? 0),
    isDone: done?.BOOL ?? false,
    ...(p?.B && { place: placeOf(Buffer.from(p.B)) }),
  };
}

/** Bytes of a time in milliseconds. */
const TIME_BYTES = 6;

/** Time and sequence number. The latter has 56 digits, more than DynamoDB's numbers, and takes 24 bytes. */
function bytesOf({ sequenceNumber, arrivedAtMs }: RecordPlace): Uint8Array {
  const hex = BigInt(sequenceNumber).toString(16);
  const bytes = Buffer.from(
    `${'0'.repeat(2 * TIME_BYTES)}${hex.length % 2 === 0 ? '' : '0'}${hex}`,
    'hex',
  );
  bytes.writeUIntBE(Math.floor(arrivedAtMs), 0, TIME_BYTES);
  return bytes;
}

function placeOf(bytes: Buffer): RecordPlace {
  return {
    sequenceNumber: BigInt(`0x${bytes.toString('hex', TIME_BYTES)}`).toString(),
    arrivedAtMs: bytes.readUIntBE(0, TIME_BYTES),
  };
}

function hashesOf(bytes: Uint8Array = new Uint8Array()): string[] {
  const hex = Buffer.from(bytes).toString('hex');
  const digits = 2 * HASH_BYTES;
  return Array.from({ length: hex.length / digits }, (_, index) =>
    hex.slice(index * digits, (index + 1) * digits),
  );
}
