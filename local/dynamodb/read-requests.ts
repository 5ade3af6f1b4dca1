import { crc32 } from 'node:zlib';
import { type Item, invalid } from './attribute-values.ts';
import { ExpressionReader, type Placeholders } from './expression-reader.ts';
import { conditionOf, pick, placeholdersOf, projectionOf } from './item-requests.ts';
import { type Input, tableOf } from './table-requests.ts';
import type { Index, Table, TableStore } from './table-store.ts';

/** The most that one page reads: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html */
const PAGE_BYTES = 1024 * 1024;

export function query(store: TableStore, input: Input): object {
  const table = tableOf(store, input);
  const index = indexOf(table, input);
  const placeholders = placeholdersOf(input);
  const [hashName] = (index ?? table).key;
  const isInRange = conditionOf(input.KeyConditionExpression, placeholders);
  const partition = partitionOf(input, hashName, placeholders);
  return page(store, input, { table, index, partition, isWanted: isInRange, placeholders });
}

export function scan(store: TableStore, input: Input): object {
  const table = tableOf(store, input);
  const index = indexOf(table, input);
  const { Segment = 0, TotalSegments = 1 } = input;
  const [hashName] = table.key;
  const isWanted = (item: Item) =>
    crc32(String(item[hashName]?.S)) % Number(TotalSegments) === Number(Segment);
  const placeholders = placeholdersOf(input);
  return page(store, input, { table, index, partition: undefined, isWanted, placeholders });
}

interface Reading {
  table: Table;
  index: Index | undefined;
  partition: Buffer | undefined;
  /** Items that are none of the reading do not count. */
  isWanted: (item: Item) => boolean;
  placeholders: Placeholders;
}

function page(store: TableStore, input: Input, reading: Reading): object {
  const { table, index, partition, isWanted, placeholders } = reading;
  const isKept = conditionOf(input.FilterExpression, placeholders);
  const project = projectionOf(input, placeholders);
  placeholders.requireAllUsed();
  const limit = Number(input.Limit ?? Number.POSITIVE_INFINITY);
  if (!(limit >= 1)) throw invalid('Limit must be at least 1.');
  const Items: Item[] = [];
  let [scanned, bytes] = [0, 0];
  let last: Item | undefined;
  const isDescending = input.ScanIndexForward === false;
  const after = input.ExclusiveStartKey as Item | undefined;
  for (const stored of store.read(table, { index, partition, after, isDescending })) {
    if (!isWanted(stored)) continue;
    const item = visibleIn(index, table, stored);
    scanned += 1;
    bytes += JSON.stringify(item).length;
    if (isKept(item)) Items.push(project(item));
    if (scanned < limit && bytes < PAGE_BYTES) continue;
    last = pick(stored, [...table.key, ...(index?.key ?? [])]);
    break;
  }
  return {
    Count: Items.length,
    ScannedCount: scanned,
    ...(input.Select === 'COUNT' ? {} : { Items }),
    ...(last ? { LastEvaluatedKey: last } : {}),
  };
}

/** The attributes that an index holds. */
function visibleIn(index: Index | undefined, table: Table, item: Item): Item {
  if (!index || index.attributes === 'all') return item;
  return pick(item, [...table.key, ...index.key, ...index.attributes]);
}

function indexOf(table: Table, { IndexName }: Input): Index | undefined {
  if (IndexName === undefined) return undefined;
  const index = table.indexes.find(({ name }) => name === IndexName);
  if (!index) throw invalid(`The table does not have the specified index: ${IndexName}`);
  return index;
}

/** The partition of a key condition, which is `name = :value`, perhaps with more after an AND. */
function partitionOf(
  { KeyConditionExpression }: Input,
  hashName: string,
  placeholders: Placeholders,
): Buffer {
  const reader = new ExpressionReader(String(KeyConditionExpression ?? ''), placeholders);
  while (!reader.isAtEnd) {
    const token = reader.take();
    const isHash = /^#?[A-Za-z_]/.test(token) && isNameOf(token, hashName, placeholders);
    if (isHash && reader.takeIf('='))
      return Buffer.from(String(placeholders.value(reader.take()).S));
  }
  throw invalid(`Query condition missed key schema element: ${hashName}`);
}

function isNameOf(token: string, name: string, placeholders: Placeholders): boolean {
  return token.startsWith('#') ? placeholders.name(token) === name : token === name;
}
