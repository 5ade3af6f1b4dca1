import { type AttributeValue, type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import type { DispatchPositions } from '../ports.ts';
import { positionOf } from '../shard-position.ts';
import { notesOf, SHARD_PREFIX } from './dynamodb-send-notes.ts';

/**
 * The positions of dispatch, from the notes in its table. The table holds an item for each shard, some KB each, so it is scanned whole.
 */
export function createDynamoDbDispatchPositions(options: {
  client: DynamoDBClient;
  tableName: string;
}): DispatchPositions {
  const { client, tableName: TableName } = options;
  const input = {
    TableName,
    ConsistentRead: true,
    FilterExpression: 'begins_with(id, :shard)',
    ExpressionAttributeValues: { ':shard': { S: SHARD_PREFIX } },
  };
  return {
    async read() {
      const items: Record<string, AttributeValue>[] = [];
      for await (const { Items = [] } of paginateScan({ client }, input)) items.push(...Items);
      return items.map((item) =>
        positionOf(item.id?.S?.slice(SHARD_PREFIX.length) ?? '', notesOf(item).values()),
      );
    },
  };
}
