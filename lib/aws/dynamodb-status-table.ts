import {
  BatchWriteItemCommand,
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import type { Backoff } from '../backoff.ts';
import type { Log } from '../log.ts';
import type { Clock, RowOutcome, StatusTable } from '../ports.ts';
import type { OpenEvent, OpenState } from '../status/problems.ts';
import { timelineOf } from '../status/timeline.ts';
import { createBatchWriter } from './batch-writer.ts';
import {
  itemOf,
  OPEN_INDEX,
  OPEN_MARK,
  OPEN_SHARDS,
  openEventOfItem,
  openItemOf,
  openPartition,
  rowOfItem,
  type StatusItem,
} from './dynamodb-status-item.ts';

interface DynamoDbStatusTableOptions {
  client: DynamoDBClient;
  tableName: string;
  /** Days until a fact expires, counted from when it happened. */
  days: number;
  clock: Clock;
  log: Log;
  backoff?: Backoff;
}

/** The most items of one `BatchWriteItem` (DynamoDB API). */
const MAX_ITEMS = 25;

/**
 * The status table in DynamoDB: one item for each fact, by event id, and one more for an event that is open. Reads are consistent.
 * `BatchWriteItem` may leave items unprocessed: they are written again.
 */
export function createDynamoDbStatusTable(options: DynamoDbStatusTableOptions): StatusTable {
  const { client, tableName, days } = options;
  const facts = createDynamoDbEventFacts({ client, tableName, isConsistent: true });

  async function send(requests: WriteRequest[]): Promise<RowOutcome[]> {
    const { UnprocessedItems } = await client.send(
      new BatchWriteItemCommand({ RequestItems: { [tableName]: requests } }),
    );
    const left = new Set(UnprocessedItems?.[tableName]?.map(identityOf));
    return requests.map((request) => (left.has(identityOf(request)) ? 'unsettled' : 'written'));
  }

  const write = createBatchWriter<WriteRequest>(
    {
      name: 'BatchWriteItem',
      maxItems: MAX_ITEMS,
      parallel: 4,
      identityOf,
      describe: (request) => ({ eventId: keyOfRequest(request)?.id?.S }),
      send,
    },
    options,
  );

  return {
    ...facts,
    write: (rows, untilMs) =>
      write(
        rows.map((row) => ({ PutRequest: { Item: itemOf(row, days) } })),
        untilMs,
      ),
    setOpen: (changes, untilMs) =>
      write(
        changes.map(({ eventId, open }) =>
          open
            ? { PutRequest: { Item: openItemOf(open, days) } }
            : { DeleteRequest: { Key: { id: { S: eventId }, fact: { S: OPEN_MARK } } } },
        ),
        untilMs,
      ),
    async listOpen(state, limit) {
      const shards = await Promise.all(
        Array.from({ length: OPEN_SHARDS }, (_, shard) => openOfShard(state, shard, limit)),
      );
      return shards
        .flat()
        .toSorted((a, b) => (a.since < b.since ? -1 : 1))
        .slice(0, limit);
    },
  };

  async function openOfShard(state: OpenState, shard: number, limit: number): Promise<OpenEvent[]> {
    const items = await queryAll(
      client,
      {
        TableName: tableName,
        IndexName: OPEN_INDEX,
        KeyConditionExpression: '#open = :open',
        ExpressionAttributeNames: { '#open': 'open' },
        ExpressionAttributeValues: { ':open': { S: openPartition(state, shard) } },
      },
      limit,
    );
    return items.map(openEventOfItem);
  }
}

/** The facts of single events, by the status table. Retries are those of `client`. */
export function createDynamoDbEventFacts(options: {
  client: DynamoDBClient;
  tableName: string;
  /** Sees what was written just before, at twice the price. */
  isConsistent: boolean;
}) {
  const { client, tableName: TableName, isConsistent: ConsistentRead } = options;
  return {
    async of(eventId: string) {
      const items = await queryAll(client, {
        TableName,
        ConsistentRead,
        KeyConditionExpression: 'id = :id AND fact < :mark',
        ExpressionAttributeValues: { ':id': { S: eventId }, ':mark': { S: OPEN_MARK } },
      });
      return timelineOf(items.map(rowOfItem));
    },
  };
}

async function queryAll(
  client: DynamoDBClient,
  input: QueryCommandInput,
  limit = Number.POSITIVE_INFINITY,
): Promise<StatusItem[]> {
  const items: StatusItem[] = [];
  let from: StatusItem | undefined;
  do {
    const page = await client.send(
      new QueryCommand({ ...input, ...(from ? { ExclusiveStartKey: from } : {}) }),
    );
    items.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from && items.length < limit);
  return items;
}

const keyOfRequest = ({ PutRequest, DeleteRequest }: WriteRequest) =>
  PutRequest?.Item ?? DeleteRequest?.Key;

function identityOf(request: WriteRequest): string {
  const { id, fact } = keyOfRequest(request) ?? {};
  return JSON.stringify([id?.S, fact?.S]);
}
