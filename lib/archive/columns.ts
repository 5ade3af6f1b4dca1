import type { Fact } from '../event/fact.ts';

/** The type of a column, in terms that every engine's types are derived from; `json` is any JSON, as its text. */
type ColumnType =
  | 'string'
  | 'int'
  | 'bigint'
  | 'boolean'
  | 'json'
  | { map: 'string' }
  | { struct: Record<string, ColumnType> }
  | { array: ColumnType };

/** The column types that can hold a value. */
type TypeOf<Value> = unknown extends Value
  ? 'json'
  : Value extends string
    ? 'string'
    : Value extends number
      ? 'int' | 'bigint'
      : Value extends boolean
        ? 'boolean'
        : Value extends (infer Element)[]
          ? { array: TypeOf<Element> }
          : StructOf<Value> | { map: 'string' };

type StructOf<Value> = {
  struct: { [Key in keyof Value]-?: TypeOf<NonNullable<Value[Key]>> };
};

type KeysOf<Each> = Each extends unknown ? keyof Each : never;
type FieldOf<Each, Key> = Each extends unknown
  ? Key extends keyof Each
    ? unknown extends Each[Key]
      ? unknown
      : NonNullable<Each[Key]>
    : never
  : never;

/** A field that a fact has and this does not describe, or not by a type that can hold it, does not compile. */
type Descriptions = {
  [Key in KeysOf<Fact>]: { type: TypeOf<FieldOf<Fact, Key>>; comment: string; name?: string };
};

const DESCRIPTIONS: Descriptions = {
  v: { type: 'int', comment: 'schema version, 1' },
  type: { type: 'string', comment: 'received, deferred, delivered, deadLettered or dismissed' },
  eventId: { type: 'string', comment: "the source's id, as sent" },
  at: {
    // DuckDB takes no column of the name `at` without quotes.
    name: 'happened_at',
    type: 'string',
    comment: 'when it happened, ISO 8601 UTC with milliseconds: sorts as text',
  },
  traceId: { type: 'string', comment: 'W3C trace id of the HTTP request, or of a replay' },
  traceFlags: {
    type: 'int',
    comment: 'W3C trace flags of the HTTP request, 1 is sampled; null where it had none',
  },
  parentSpanId: { type: 'string', comment: "received: the caller's span in the trace" },
  // A map, whose keys stay as they are: what renames the keys of a struct differs from engine to engine.
  replay: {
    type: { map: 'string' },
    comment: 'runId and reason of a replay; null on first delivery',
  },
  replayOf: {
    type: { map: 'string' },
    comment: 'received: traceId and spanId of the receipt that is replayed',
  },
  // Queries name the time of a `received` fact so.
  receivedAt: {
    name: 'receipt_at',
    type: 'string',
    comment: 'deferred, delivered, deadLettered: when the event was received, ISO 8601 UTC',
  },
  attempts: {
    type: {
      array: {
        struct: { at: 'string', ms: 'bigint', outcome: 'string', status: 'int', error: 'string' },
      },
    },
    comment: 'deferred, delivered, deadLettered: the attempts, newest last, at most 10',
  },
  carriedAttempts: {
    type: 'int',
    comment: 'how many of the attempts an earlier deferred fact has already; null for none',
  },
  deferral: {
    type: 'int',
    comment:
      'times that the event had been parked before, in deferred with this one; null for none',
  },
  // `until` is a keyword in Trino.
  until: {
    name: 'due_at',
    type: 'string',
    comment: 'deferred: when the event is due to be tried again, ISO 8601 UTC',
  },
  deferredSince: {
    type: 'string',
    comment: 'received: when it was parked for the first time, of one that returns from there',
  },
  failedAttempts: {
    type: 'int',
    comment: 'received, deferred: failed creations in all before it was parked; null for none',
  },
  queuedMs: {
    type: 'bigint',
    comment: 'delivered: milliseconds from receipt to the first attempt',
  },
  dispatchMs: { type: 'bigint', comment: 'delivered: milliseconds of the successful call' },
  verified: {
    type: 'boolean',
    comment: 'delivered: true where the target already had the event',
  },
  reason: {
    type: 'string',
    comment: 'deadLettered: malformed, rejected, exhausted or undecided; dismissed: any text',
  },
  error: {
    type: { struct: { code: 'string', message: 'string', status: 'int' } },
    comment: 'deferred, deadLettered: the last error',
  },
  keyName: {
    type: 'string',
    comment: 'received, deferred, deadLettered: the name of the API key, never the key',
  },
  requestId: {
    type: 'string',
    comment: 'received: the id of the HTTP request, as in the access log of the API',
  },
  mayRepeat: {
    type: 'boolean',
    comment: 'received: the journal may hold another copy of this fact',
  },
  payload: { type: 'json', comment: 'received, deadLettered: the JSON body as the source sent it' },
};

export interface Column {
  /** In SQL: lower case, since Glue and Athena know no other. */
  name: string;
  /** In a fact. */
  key: string;
  type: ColumnType;
  comment: string;
}

/** The columns of a fact, in the tables of analysts: the one description that every table is made from. */
export const FACT_COLUMNS: readonly Column[] = Object.entries(DESCRIPTIONS).map(
  ([key, { type, comment, name }]) => ({
    name: name ?? key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    key,
    type,
    comment,
  }),
);

/** As Glue, Athena's DDL and Firehose's conversion write it. Pure. */
export function hiveType(type: ColumnType): string {
  if (typeof type === 'string') return type === 'json' ? 'string' : type;
  if ('map' in type) return 'map<string,string>';
  if ('array' in type) return `array<${hiveType(type.array)}>`;
  const fields = Object.entries(type.struct).map(([name, field]) => `${name}:${hiveType(field)}`);
  return `struct<${fields.join(',')}>`;
}

const DUCKDB_SCALARS = {
  string: 'VARCHAR',
  int: 'INTEGER',
  bigint: 'BIGINT',
  boolean: 'BOOLEAN',
  json: 'JSON',
};

/** As DuckDB writes it. Pure. */
export function duckDbType(type: ColumnType): string {
  if (typeof type === 'string') return DUCKDB_SCALARS[type];
  if ('map' in type) return 'MAP(VARCHAR, VARCHAR)';
  if ('array' in type) return `${duckDbType(type.array)}[]`;
  const fields = Object.entries(type.struct).map(
    ([name, field]) => `"${name}" ${duckDbType(field)}`,
  );
  return `STRUCT(${fields.join(', ')})`;
}
