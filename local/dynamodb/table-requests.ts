import { AwsError } from '../emulators/aws-json-server.ts';
import { ACCOUNT_ID, IDENTITY } from '../layout.ts';
import { invalid } from './attribute-values.ts';
import type { Index, KeyNames, Table, TableStore } from './table-store.ts';

export type Input = Record<string, unknown>;

interface KeyElement {
  AttributeName: string;
  KeyType: 'HASH' | 'RANGE';
}

/** Makes a table, which is ACTIVE at once. Keys are strings. */
export function createTable(store: TableStore, input: Input): object {
  const name = String(input.TableName);
  if (!/^[A-Za-z0-9_.-]{3,255}$/.test(name)) throw invalid(`${name} is no name for a table.`);
  if (store.table(name))
    throw new AwsError('ResourceInUseException', `Table already exists: ${name}`);
  const types = (input.AttributeDefinitions ?? []) as { AttributeType: string }[];
  if (types.some(({ AttributeType }) => AttributeType !== 'S'))
    throw invalid('This emulator has keys of type S only.');
  const table = store.create({
    name,
    createdMs: Date.now(),
    key: keyNames(input.KeySchema),
    indexes: ((input.GlobalSecondaryIndexes ?? []) as Input[]).map(indexOf),
    request: input,
  });
  return { TableDescription: describe(table) };
}

export function describeTable(store: TableStore, input: Input): object {
  return { Table: describe(tableOf(store, input)) };
}

export function deleteTable(store: TableStore, input: Input): object {
  const table = tableOf(store, input);
  store.drop(table);
  return { TableDescription: { ...describe(table), TableStatus: 'DELETING' } };
}

export function listTables(store: TableStore): object {
  return { TableNames: store.tables().map(({ name }) => name) };
}

/** @throws AwsError if there is none of that name */
export function tableOf(store: TableStore, { TableName }: Input): Table {
  const table = store.table(String(TableName));
  if (!table)
    throw new AwsError(
      'ResourceNotFoundException',
      `Requested resource not found: Table: ${TableName} not found`,
    );
  return table;
}

function indexOf({ IndexName, KeySchema, Projection }: Input): Index {
  const { ProjectionType, NonKeyAttributes = [] } = Object(Projection);
  return {
    name: String(IndexName),
    key: keyNames(KeySchema),
    attributes: ProjectionType === 'ALL' ? 'all' : NonKeyAttributes,
  };
}

function keyNames(schema: unknown): KeyNames {
  const elements = (schema ?? []) as KeyElement[];
  const of = (type: string) => elements.find(({ KeyType }) => KeyType === type)?.AttributeName;
  const [hash, range] = [of('HASH'), of('RANGE')];
  if (hash === undefined) throw invalid('No Hash Key specified in schema.');
  return range === undefined ? [hash] : [hash, range];
}

function describe({ name, createdMs, request }: Table): object {
  const { AttributeDefinitions, KeySchema, BillingMode, GlobalSecondaryIndexes } = request;
  const arn = `arn:aws:dynamodb:${IDENTITY.region}:${ACCOUNT_ID}:table/${name}`;
  const indexes = (GlobalSecondaryIndexes as Input[] | undefined)?.map((index) => ({
    ...index,
    IndexStatus: 'ACTIVE',
    IndexArn: `${arn}/index/${index.IndexName}`,
  }));
  return {
    TableName: name,
    TableArn: arn,
    TableStatus: 'ACTIVE',
    CreationDateTime: createdMs / 1000,
    ...{ AttributeDefinitions, KeySchema },
    ...(BillingMode === 'PAY_PER_REQUEST' ? { BillingModeSummary: { BillingMode } } : {}),
    ...(indexes ? { GlobalSecondaryIndexes: indexes } : {}),
  };
}
