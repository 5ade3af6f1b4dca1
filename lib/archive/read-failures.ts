import { msOf } from '../event/at.ts';
import { decodeFact } from '../event/decode.ts';
import { isJsonObject } from '../event/source-event.ts';
import { type ObjectStore, refusalOf } from '../object-store.ts';
import { type Entry, newReadCounts } from './entry.ts';
import { ALL_TIME, isWithin } from './partitions.ts';
import { isMarker, type ReadOptions } from './read-archive.ts';

/** Where Lambda puts what an event source mapping gave up: `aws/lambda/<mapping uuid>/<shardId>/YYYY/MM/DD/…`. */
export const FAILURES_PREFIX = 'aws/lambda/';

/** A payload has at most 6 MB, and what surrounds it little; as JSON in JSON, quotes are escaped. */
const MAX_BYTES = 32 * 1024 * 1024;

type FailuresOptions = Pick<ReadOptions, 'range' | 'counts' | 'wants'> & {
  /** Only what this function's mapping gave up; other functions share the bucket. */
  functionName: string;
};

/**
 * Reads the records that Lambda gave up, from its on-failure destination in S3: an entry a record, its `line` the
 * record's place in the batch, from 1. What holds no records, or none that are facts, is a damaged entry.
 */
export async function* readFailures(
  objects: Pick<ObjectStore, 'list' | 'get'>,
  options: FailuresOptions,
): AsyncGenerator<Entry[]> {
  const { range = ALL_TIME, counts = newReadCounts(), wants = () => true, functionName } = options;
  for await (const { key, size } of objects.list(FAILURES_PREFIX)) {
    if (isMarker(key, size) || !wants(key)) continue;
    const entries = await readObject(objects, { key, size, functionName });
    if (!entries) continue;
    counts.objects += 1;
    counts.bytes += size;
    const wanted = entries.filter(
      (entry) => entry.kind === 'damaged' || isWithin(entry.atMs, range),
    );
    for (const { kind } of wanted) counts[kind === 'fact' ? 'facts' : 'damaged'] += 1;
    if (wanted.length > 0) yield wanted;
  }
}

function refused(error: unknown): { refusal: string } {
  const refusal = refusalOf(error);
  if (refusal === undefined) throw error;
  return { refusal };
}

/** Nothing when the object is another function's. */
async function readObject(
  objects: Pick<ObjectStore, 'get'>,
  { key, size, functionName }: { key: string; size: number; functionName: string },
): Promise<Entry[] | undefined> {
  const damaged = (detail: string): Entry[] => [{ kind: 'damaged', key, line: 0, detail }];
  if (size > MAX_BYTES) return damaged(`${size} bytes are more than an invocation record can have`);
  const body = await objects.get(key).catch(refused);
  if (!body) return damaged('the object is gone');
  if ('refusal' in body) return damaged(body.refusal);
  const record = parse(Buffer.from(body).toString('utf8'));
  if (!isJsonObject(record)) return damaged('not an invocation record');
  const origin = isJsonObject(record.requestContext) ? record.requestContext.functionArn : '';
  if (!isFunction(String(origin), functionName)) return undefined;
  const givenUpMs = Date.parse(String(record.timestamp)) || 0;
  const records = recordsOf(record.payload);
  return records
    ? records.map((data, index) => entryOf(key, index + 1, data, givenUpMs))
    : damaged('it holds no records, only what batch they were in');
}

/** `arn:aws:lambda:<region>:<account>:function:<name>[:<alias or version>]` */
function isFunction(functionArn: string, functionName: string): boolean {
  return functionArn.split(':')[6] === functionName;
}

/** The records' data, in base64; the payload is a JSON text, or the event itself. */
function recordsOf(payload: unknown): unknown[] | undefined {
  const event = typeof payload === 'string' ? parse(payload) : payload;
  if (!isJsonObject(event) || !Array.isArray(event.Records)) return undefined;
  return event.Records.map((record: unknown) =>
    isJsonObject(record) && isJsonObject(record.kinesis) ? record.kinesis.data : undefined,
  );
}

function entryOf(key: string, line: number, data: unknown, givenUpMs: number): Entry {
  if (typeof data !== 'string') return { kind: 'damaged', key, line, detail: 'no Kinesis record' };
  const text = Buffer.from(data, 'base64').toString('utf8');
  const decoding = decodeFact(text);
  return decoding.valid
    ? {
        kind: 'fact',
        key,
        line,
        fact: decoding.fact,
        atMs: msOf(decoding.fact.at),
        text,
        givenUpMs,
      }
    : { kind: 'damaged', key, line, detail: decoding.detail };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
