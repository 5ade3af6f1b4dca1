import * as v from 'valibot';
import { ACCOUNT_ID, IDENTITY } from '../../layout.ts';
import { AwsError } from '../aws-json-server.ts';
import { checkInput, notFound, resourceName, textOf } from './check-input.ts';
import type { StoredTable, TableStore } from './table-store.ts';
import type { TableRules } from './write-records.ts';

const ARN = `arn:aws:timestream:${IDENTITY.region}:${ACCOUNT_ID}:database`;

const whole = (minimum: number, maximum: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(minimum), v.maxValue(maximum));

/** What `CreateTable` may say; where it says nothing, the service's defaults. */
const properties = v.object({
  RetentionProperties: v.optional(
    v.object({
      MemoryStoreRetentionPeriodInHours: whole(1, 8766),
      MagneticStoreRetentionPeriodInDays: whole(1, 73_000),
    }),
    { MemoryStoreRetentionPeriodInHours: 6, MagneticStoreRetentionPeriodInDays: 73_000 },
  ),
  MagneticStoreWriteProperties: v.optional(
    v.looseObject({ EnableMagneticStoreWrites: v.boolean() }),
    {
      EnableMagneticStoreWrites: false,
    },
  ),
  Schema: v.optional(
    v.object({
      CompositePartitionKey: v.pipe(
        v.array(
          v.object({
            Type: v.picklist(['DIMENSION', 'MEASURE']),
            Name: v.optional(textOf(1, 60)),
            EnforcementInRecord: v.optional(v.picklist(['REQUIRED', 'OPTIONAL'])),
          }),
        ),
        v.length(1, 'one partition key'),
      ),
    }),
    { CompositePartitionKey: [{ Type: 'MEASURE' }] },
  ),
});

const tableInput = v.object({ DatabaseName: resourceName, TableName: resourceName });

export function createDatabase(store: TableStore, input: unknown, nowMs: number) {
  const { DatabaseName } = checkInput(v.object({ DatabaseName: resourceName }), input);
  if (!store.createDatabase(DatabaseName, nowMs))
    throw new AwsError('ConflictException', `Database ${DatabaseName} already exists.`);
  const CreationTime = nowMs / 1000;
  return { Database: { Arn: `${ARN}/${DatabaseName}`, DatabaseName, TableCount: 0, CreationTime } };
}

export function createTable(store: TableStore, input: unknown, nowMs: number) {
  const { DatabaseName: database, TableName: name } = checkInput(tableInput, input);
  if (store.databaseCreatedMs(database) === undefined) throw notFound(`database ${database}`);
  const table = {
    database,
    name,
    createdMs: nowMs,
    properties: JSON.stringify(checkInput(properties, input)),
  };
  if (!store.createTable(table))
    throw new AwsError('ConflictException', `Table ${database}.${name} already exists.`);
  return describe(table);
}

export function describeTable(store: TableStore, input: unknown) {
  const { DatabaseName, TableName } = checkInput(tableInput, input);
  return describe(requireTable(store, DatabaseName, TableName));
}

export function requireTable(store: TableStore, database: string, name: string): StoredTable {
  const table = store.table(database, name);
  if (table) return table;
  throw notFound(`table ${database}.${name}`);
}

/** What a table asks of its records. */
export function rulesOf(table: StoredTable): TableRules & { partitionKey: string | undefined } {
  const { RetentionProperties, MagneticStoreWriteProperties, Schema } = JSON.parse(
    table.properties,
  ) as v.InferOutput<typeof properties>;
  const [key] = Schema.CompositePartitionKey;
  const partitionKey = key?.Type === 'DIMENSION' ? key.Name : undefined;
  return {
    memoryHours: RetentionProperties.MemoryStoreRetentionPeriodInHours,
    magneticDays: RetentionProperties.MagneticStoreRetentionPeriodInDays,
    magneticWrites: MagneticStoreWriteProperties.EnableMagneticStoreWrites,
    partitionKey,
    requiredDimension: key?.EnforcementInRecord === 'REQUIRED' ? partitionKey : undefined,
  };
}

function describe({ database, name, createdMs, properties: told }: Omit<StoredTable, 'id'>) {
  return {
    Table: {
      Arn: `${ARN}/${database}/table/${name}`,
      DatabaseName: database,
      TableName: name,
      TableStatus: 'ACTIVE',
      CreationTime: createdMs / 1000,
      ...JSON.parse(told),
    },
  };
}
