import * as v from 'valibot';
import { checkInput, invalid, resourceName, textOf } from './check-input.ts';

const MAX_RECORDS = 100;
const MAX_DIMENSIONS = 128;
const MAX_MEASURES = 256;
const MAX_VALUE_BYTES = 2048;

const SCALAR_TYPES = ['DOUBLE', 'BIGINT', 'VARCHAR', 'BOOLEAN', 'TIMESTAMP'] as const;

/** Names that the service uses itself (Timestream, "Naming constraints"). */
const RESERVED = new Set(['measure_value', 'measure_name', 'time', 'ts_non_existent_col']);

const columnName = (maximum: number) =>
  v.pipe(
    textOf(1, maximum),
    v.check((name) => !RESERVED.has(name), 'Member must not be a reserved name'),
  );

const value = textOf(1, MAX_VALUE_BYTES);

const dimension = v.object({
  Name: columnName(60),
  Value: value,
  DimensionValueType: v.optional(v.literal('VARCHAR')),
});

const measureValue = v.object({
  Name: columnName(256),
  Value: value,
  Type: v.picklist(SCALAR_TYPES, 'Member must be a scalar type'),
});

const record = v.object({
  Dimensions: v.optional(
    v.pipe(v.array(dimension), v.maxLength(MAX_DIMENSIONS, `at most ${MAX_DIMENSIONS} dimensions`)),
    [],
  ),
  MeasureName: v.optional(textOf(1, 256)),
  MeasureValue: v.optional(value),
  MeasureValueType: v.optional(v.picklist([...SCALAR_TYPES, 'MULTI'], 'unknown type')),
  Time: v.optional(v.pipe(v.string(), v.regex(/^\d{1,19}$/, 'Member must be a whole number'))),
  TimeUnit: v.optional(v.picklist(['MILLISECONDS', 'SECONDS', 'MICROSECONDS', 'NANOSECONDS'])),
  Version: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1, 'must be at least 1'))),
  MeasureValues: v.optional(
    v.pipe(v.array(measureValue), v.maxLength(MAX_MEASURES, `at most ${MAX_MEASURES} measures`)),
  ),
});

const writeRecords = v.object({
  DatabaseName: resourceName,
  TableName: resourceName,
  CommonAttributes: v.optional(record, { Dimensions: [] }),
  Records: v.pipe(
    v.array(record, 'Member must not be null'),
    v.minLength(1, 'Member must have length greater than or equal to 1'),
    v.maxLength(MAX_RECORDS, `Member must have length less than or equal to ${MAX_RECORDS}`),
  ),
});

type RecordInput = v.InferOutput<typeof record>;

export interface Measure {
  value: string;
  type: (typeof SCALAR_TYPES)[number];
}

/** One record, whole: with what all records of its request have in common. */
export interface TimestreamRecord {
  dimensions: Map<string, string>;
  measureName: string;
  measures: Map<string, Measure>;
  timeNs: bigint;
  version: number;
}

/** Checks the input of `WriteRecords` by the API's limits, and makes its records whole. */
export function readWriteInput(input: unknown) {
  const { DatabaseName, TableName, CommonAttributes, Records } = checkInput(writeRecords, input);
  return {
    database: DatabaseName,
    table: TableName,
    records: Records.map((one) => wholeRecord(one, CommonAttributes)),
  };
}

const NS_PER = {
  SECONDS: 1_000_000_000n,
  MILLISECONDS: 1_000_000n,
  MICROSECONDS: 1000n,
  NANOSECONDS: 1n,
};

function wholeRecord(one: RecordInput, common: RecordInput): TimestreamRecord {
  const merged = { ...common, ...one };
  const dimensions = uniqueNames(
    [...common.Dimensions, ...one.Dimensions].map(({ Name, Value }) => [Name, Value]),
  );
  if (dimensions.size === 0) throw invalid('A record must have at least one dimension.');
  if (merged.Time === undefined) throw invalid('A record must have a time.');
  if (merged.MeasureName === undefined) throw invalid('A record must have a measure name.');
  const measures = measuresOf(merged, merged.MeasureName);
  for (const name of measures.keys())
    if (dimensions.has(name)) throw invalid(`${name} is a dimension and a measure.`);
  return {
    dimensions,
    measureName: merged.MeasureName,
    measures,
    timeNs: BigInt(merged.Time) * NS_PER[merged.TimeUnit ?? 'MILLISECONDS'],
    version: merged.Version ?? 1,
  };
}

function measuresOf(merged: RecordInput, measureName: string): Map<string, Measure> {
  const { MeasureValueType = 'DOUBLE', MeasureValue, MeasureValues } = merged;
  if (MeasureValueType === 'MULTI') {
    if (!MeasureValues?.length || MeasureValue !== undefined)
      throw invalid('A record of type MULTI has MeasureValues, and no MeasureValue.');
    return uniqueNames(
      MeasureValues.map(({ Name, Value, Type }) => [Name, { value: Value, type: Type }]),
    );
  }
  if (MeasureValue === undefined || MeasureValues !== undefined)
    throw invalid(`A record of type ${MeasureValueType} has a MeasureValue, and no MeasureValues.`);
  return new Map([[measureName, { value: MeasureValue, type: MeasureValueType }]]);
}

function uniqueNames<Value>(entries: [string, Value][]): Map<string, Value> {
  const byName = new Map(entries);
  if (byName.size !== entries.length) throw invalid('A name is there twice in one record.');
  return byName;
}
