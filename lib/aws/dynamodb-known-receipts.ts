import { DescribeTableCommand, type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import type { KnownReceipts } from '../ports.ts';

/**
 * Most items that one reading takes. They are some 2 GB, a quarter of a million read units, and about half a minute by four readers. Of
 * a larger table a part is read, chosen at random.
 */
const MOST_ITEMS = 5_000_000;

/** Segments that are read at once. */
const READERS = 4;

const DAY_MS = 86_400_000;

/** The receipts of the status table in DynamoDB, which is scanned: it has no index by time. Segments are by hash of the event id. */
export function createDynamoDbKnownReceipts(options: {
  client: DynamoDBClient;
  tableName: string;
  /** Days until a fact expires. */
  days: number;
  random?: () => number;
}): KnownReceipts {
  const { client, tableName: TableName, days, random = Math.random } = options;

  async function* segment(Segment: number, TotalSegments: number, range: Range) {
    const input = { TableName, Segment, TotalSegments, ...filterOf(range) };
    for await (const { Items = [] } of paginateScan({ client }, input))
      yield Items.map(({ id }) => id?.S ?? '');
  }

  return {
    keptMs: days * DAY_MS,
    async read(range) {
      const { Table } = await client.send(new DescribeTableCommand({ TableName }));
      // DynamoDB counts its items every six hours or so.
      const parts = Math.max(1, Math.ceil((Table?.ItemCount ?? 0) / MOST_ITEMS));
      const part = Math.floor(random() * parts);
      const batches = merged(
        Array.from({ length: READERS }, (_, reader) =>
          segment(part * READERS + reader, parts * READERS, range),
        ),
      );
      return { share: 1 / parts, batches };
    },
  };
}

interface Range {
  fromMs: number;
  toMs: number;
}

/** The sort key of a fact begins with its time and its type. */
function filterOf({ fromMs, toMs }: Range) {
  const from = Number.isFinite(fromMs) ? new Date(fromMs).toISOString() : '0';
  return {
    ProjectionExpression: 'id',
    FilterExpression: 'fact >= :from AND fact < :to AND contains(fact, :received)',
    ExpressionAttributeValues: {
      ':from': { S: from },
      ':to': { S: new Date(toMs).toISOString() },
      ':received': { S: '#received#' },
    },
  };
}

/** Yields the items of several generators as they come. Ends with the first error. */
async function* merged<Item>(sources: AsyncGenerator<Item>[]): AsyncGenerator<Item> {
  const next = (source: AsyncGenerator<Item>) =>
    source.next().then((result) => ({ source, result }));
  const waiting = new Map(sources.map((source) => [source, next(source)]));
  while (waiting.size > 0) {
    const { source, result } = await Promise.race(waiting.values());
    if (result.done) waiting.delete(source);
    else {
      waiting.set(source, next(source));
      yield result.value;
    }
  }
}
