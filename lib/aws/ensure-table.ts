import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
} from '@aws-sdk/client-dynamodb';
import type { Clock } from '../ports.ts';
import { OPEN_INDEX } from './dynamodb-status-item.ts';

const POLL_MS = 20;
const ACTIVE_WITHIN_MS = 10_000;

/** Creates the table of start times unless it is there already, and waits until it is ACTIVE. Meant for emulators: on AWS, Terraform owns it. */
export function ensureDispatchTable(client: DynamoDBClient, TableName: string, clock: Clock) {
  const key = {
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' as const }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }],
  };
  return ensureTable(client, { TableName, BillingMode: 'PAY_PER_REQUEST', ...key }, clock);
}

/** As {@link ensureDispatchTable}, the status table. */
export function ensureEventsTable(client: DynamoDBClient, TableName: string, clock: Clock) {
  const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
  const keyOf = (hash: string, range: string) => [
    { AttributeName: hash, KeyType: 'HASH' as const },
    { AttributeName: range, KeyType: 'RANGE' as const },
  ];
  return ensureTable(
    client,
    {
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['id', 'fact', 'open', 'since'].map(text),
      KeySchema: keyOf('id', 'fact'),
      GlobalSecondaryIndexes: [
        {
          IndexName: OPEN_INDEX,
          KeySchema: keyOf('open', 'since'),
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    },
    clock,
  );
}

async function ensureTable(
  client: DynamoDBClient,
  table: CreateTableCommandInput,
  clock: Clock,
): Promise<{ created: boolean }> {
  const created = await createTable(client, table);
  const giveUpAtMs = clock.now() + ACTIVE_WITHIN_MS;
  for (;;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table.TableName }));
    if (Table?.TableStatus === 'ACTIVE') return { created };
    if (clock.now() >= giveUpAtMs)
      throw new Error(
        `table ${table.TableName} is still ${Table?.TableStatus} after ${ACTIVE_WITHIN_MS / 1000} s`,
      );
    await clock.sleep(POLL_MS);
  }
}

async function createTable(
  client: DynamoDBClient,
  table: CreateTableCommandInput,
): Promise<boolean> {
  try {
    await client.send(new CreateTableCommand(table));
    return true;
  } catch (error) {
    if (error instanceof ResourceInUseException) return false;
    throw error;
  }
}
