import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
} from '@aws-sdk/client-dynamodb';
import type { Clock } from '../ports.ts';

const POLL_MS = 20;
const ACTIVE_WITHIN_MS = 10_000;

/**
 * Creates the table of start times unless it is there already, and waits until it is ACTIVE. Meant for emulators: on AWS, Terraform owns
 * the table.
 */
export async function ensureDispatchTable(
  client: DynamoDBClient,
  name: string,
  clock: Clock,
): Promise<{ created: boolean }> {
  const created = await createTable(client, name);
  const giveUpAtMs = clock.now() + ACTIVE_WITHIN_MS;
  for (;;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
    if (Table?.TableStatus === 'ACTIVE') return { created };
    if (clock.now() >= giveUpAtMs)
      throw new Error(
        `table ${name} is still ${Table?.TableStatus} after ${ACTIVE_WITHIN_MS / 1000} s`,
      );
    await clock.sleep(POLL_MS);
  }
}

async function createTable(client: DynamoDBClient, name: string): Promise<boolean> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ResourceInUseException) return false;
    throw error;
  }
}
