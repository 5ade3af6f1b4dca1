import { AwsError } from '../emulators/aws-json-server.ts';
import { type Item, invalid } from './attribute-values.ts';
import { type Condition, compileCondition } from './condition.ts';
import { Placeholders } from './expression-reader.ts';
import { type Input, tableOf } from './table-requests.ts';
import type { Table, TableStore } from './table-store.ts';
import { compileUpdate } from './update.ts';

const MAX_BATCH_ITEMS = 25;

export function getItem(store: TableStore, input: Input): object {
  const table = tableOf(store, input);
  const placeholders = placeholdersOf(input);
  const project = projectionOf(input, placeholders);
  placeholders.requireAllUsed();
  const item = store.get(table, keyOf(table, input.Key));
  return item ? { Item: project(item) } : {};
}

export function putItem(store: TableStore, input: Input): object {
  return change(
    store,
    input,
    itemOf(tableOf(store, input), input.Item),
    () => () => Object(input.Item),
  );
}

export function deleteItem(store: TableStore, input: Input): object {
  return change(store, input, keyOf(tableOf(store, input), input.Key), () => () => undefined);
}

export function updateItem(store: TableStore, input: Input): object {
  const key = keyOf(tableOf(store, input), input.Key);
  return change(store, input, key, (placeholders) => {
    const update = compileUpdate(String(input.UpdateExpression ?? ''), placeholders);
    return (before) => withKey(key, update(before ?? key));
  });
}

/** @throws AwsError if an update has changed the key */
function withKey(key: Item, item: Item): Item {
  for (const [name, value] of Object.entries(key))
    if (item[name]?.S !== value.S)
      throw invalid(`Cannot update attribute ${name}. This attribute is part of the key`);
  return item;
}

/** Writes or deletes up to 25 items as one. A key that occurs twice is refused. */
export function batchWriteItem(store: TableStore, { RequestItems }: Input): object {
  const requests = Object.entries(Object(RequestItems)).flatMap(([TableName, list]) => {
    const table = tableOf(store, { TableName });
    return (list as Input[]).map((request) => ({ table, ...writeOf(table, request) }));
  });
  const keys = new Set(requests.map(({ table, key }) => JSON.stringify([table.name, key])));
  if (requests.length === 0 || requests.length > MAX_BATCH_ITEMS)
    throw invalid(
      `A request writes 1 to ${MAX_BATCH_ITEMS} items, and this one ${requests.length}.`,
    );
  if (keys.size < requests.length) throw invalid('Provided list of item keys contains duplicates');
  store.transaction(() => {
    for (const { table, key, item } of requests)
      if (item) store.put(table, item);
      else store.remove(table, key);
  });
  return { UnprocessedItems: {} };
}

function writeOf(table: Table, { PutRequest, DeleteRequest }: Input): { key: Item; item?: Item } {
  if (!PutRequest) return { key: keyOf(table, Object(DeleteRequest).Key) };
  const item = itemOf(table, Object(PutRequest).Item);
  return { key: pick(item, table.key), item };
}

type Next = (before: Item | undefined) => Item | undefined;

/** Changes one item if its condition holds. `key` has the attributes of the key at least. */
function change(
  store: TableStore,
  input: Input,
  key: Item,
  compile: (placeholders: Placeholders) => Next,
): object {
  const table = tableOf(store, input);
  const placeholders = placeholdersOf(input);
  const next = compile(placeholders);
  const isAllowed = conditionOf(input.ConditionExpression, placeholders);
  placeholders.requireAllUsed();
  return store.transaction(() => {
    const before = store.get(table, key);
    if (!isAllowed(before ?? {})) throw conditionFailed(input, before);
    const after = next(before);
    if (after) store.put(table, after);
    else store.remove(table, key);
    return returned(input.ReturnValues, before, after);
  });
}

function returned(which: unknown, before: Item | undefined, after: Item | undefined): object {
  if (which === 'ALL_NEW') return { Attributes: after };
  if (which === 'ALL_OLD') return before ? { Attributes: before } : {};
  if (which === undefined || which === 'NONE') return {};
  throw invalid(`This emulator does not have ReturnValues ${which}.`);
}

function conditionFailed(
  { ReturnValuesOnConditionCheckFailure }: Input,
  before: Item | undefined,
): AwsError {
  const isWanted = ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && before;
  const members = isWanted ? { Item: before } : {};
  return new AwsError('ConditionalCheckFailedException', 'The conditional request failed', members);
}

export function placeholdersOf(input: Input): Placeholders {
  return new Placeholders(
    input.ExpressionAttributeNames as Record<string, string> | undefined,
    input.ExpressionAttributeValues as Item | undefined,
  );
}

export function conditionOf(expression: unknown, placeholders: Placeholders): Condition {
  return expression === undefined ? () => true : compileCondition(String(expression), placeholders);
}

/** Returns what takes the attributes of a `ProjectionExpression` from an item; all without one. */
export function projectionOf(
  { ProjectionExpression }: Input,
  placeholders: Placeholders,
): (item: Item) => Item {
  if (ProjectionExpression === undefined) return (item) => item;
  const names = String(ProjectionExpression)
    .split(',')
    .map((name) => placeholders.name(name.trim()));
  return (item) => pick(item, names);
}

export function pick(item: Item, names: readonly (string | undefined)[]): Item {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = name === undefined ? undefined : item[name];
      return name !== undefined && value ? [[name, value]] : [];
    }),
  );
}

/** @throws AwsError unless it is a key of the table, and no more */
export function keyOf(table: Table, key: unknown): Item {
  const item = itemOf(table, key);
  if (Object.keys(item).length !== table.key.length)
    throw invalid('The provided key element does not match the schema');
  return item;
}

/** @throws AwsError unless the attributes of the key are strings that are not empty */
function itemOf(table: Table, item: unknown): Item {
  const attributes = Object(item) as Item;
  for (const name of table.key)
    if (name !== undefined && !attributes[name]?.S)
      throw invalid(
        `One or more parameter values were invalid: the key attribute ${name} is missing, empty, or not of type S`,
      );
  return attributes;
}
