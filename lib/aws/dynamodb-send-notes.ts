import {
  type AttributeValue,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { SendNote, SendNotes } from '../ports.ts';

/** Names of the attributes that hold notes begin with it. */
const PREFIX = 'n_';

/** Bytes of a hash. */
const HASH_BYTES = 8;

/**
 * The notes of a shard's invocations in one item of a DynamoDB table, one attribute each: `{settled, open}` as hashes of eight bytes one after the other, `at` and
 * `done`. A note takes 8 bytes for each record of a batch.
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
        Key: { id: { S: `shard#${shardId}` } },
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
      const attributes = await update(shardId, notes, 'ALL_NEW');
      return new Map(
        Object.entries(attributes).flatMap(([name, value]) =>
          name.startsWith(PREFIX) && value.M ? [[name.slice(PREFIX.length), noteOf(value.M)]] : [],
        ),
      );
    },
  };
}

function attributeOf({ settled, open, atMs, isDone }: SendNote): AttributeValue {
  return {
    M: {
      // DynamoDB emulators refuse empty values.
      ...(settled.length > 0 && { settled: { B: Buffer.from(settled.join(''), 'hex') } }),
      ...(open.length > 0 && { open: { B: Buffer.from(open.join(''), 'hex') } }),
      at: { N: String(atMs) },
      ...(isDone && { done: { BOOL: true } }),
    },
  };
}

function noteOf({ settled, open, at, done }: Record<string, AttributeValue>): SendNote {
  return {
    settled: hashesOf(settled?.B),
    open: hashesOf(open?.B),
    atMs: Number(at?.N ?? 0),
    isDone: done?.BOOL ?? false,
  };
}

function hashesOf(bytes: Uint8Array = new Uint8Array()): string[] {
  const hex = Buffer.from(bytes).toString('hex');
  const digits = 2 * HASH_BYTES;
  return Array.from({ length: hex.length / digits }, (_, index) =>
    hex.slice(index * digits, (index + 1) * digits),
  );
}
