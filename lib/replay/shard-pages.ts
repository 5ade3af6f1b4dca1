import { fullJitterDelayMs } from '../backoff.ts';
import type { Clock, StreamPage, StreamPosition, StreamReader } from '../ports.ts';

/**
 * A shard gives five reads and 2 MiB a second to all its readers together. Lambda and Firehose make two or three reads a second, so these take two, of
 * half a MiB.
 */
const PAUSE_MS = 500;
const PAGE_BYTES = 512 * 1024;
const FIRST_PAGE_RECORDS = 500;
const PAGE_RECORDS = { min: 20, max: 2000 };

/** Pauses after a refusal: 0.5 s, doubled to 8 s at most, half of it at random. */
const BACKOFF = { baseMs: 500, maxMs: 8000 };

/** After this many refusals in a row, about a minute and a half, reading is given up. */
const MOST_REFUSALS = 20;

/** Errors by which Kinesis says that it is asked too often. */
const REFUSALS = new Set([
  'ProvisionedThroughputExceededException',
  'LimitExceededException',
  'ThrottlingException',
  'KMSThrottlingException',
]);

export interface PageOptions {
  reader: StreamReader;
  clock: Clock;
  /** Ends the pages. */
  signal?: AbortSignal | undefined;
  /** Pause after a page before the tip. Default 500 ms; 0 where a shard has no limits. */
  pauseMs?: number;
  /** Pause after a page at the tip. Default 1,000 ms. */
  pollMs?: number;
  random?: () => number;
}

/**
 * Reads a shard from a position on, within what AWS allows: small pages, pauses, and longer pauses after a refusal. A page may be empty although there are
 * more records; only `millisBehindLatest` 0 means the tip, after which the pages go on. They end with a closed shard, or with `signal`.
 *
 * @throws when the shard refuses every read for about a minute and a half
 */
export async function* readPages(
  options: PageOptions,
  shardId: string,
  from: StreamPosition,
): AsyncGenerator<StreamPage> {
  const { reader, clock, signal, pauseMs = PAUSE_MS, pollMs = 1000 } = options;
  let position = from;
  let iterator: string | undefined;
  let limit = FIRST_PAGE_RECORDS;
  while (!signal?.aborted) {
    try {
      iterator ??= await patiently(() => reader.open(shardId, position), options);
      const open = iterator;
      const page = await patiently(() => reader.read(open, limit), options);
      const last = page.records.at(-1);
      if (last) position = { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: last.sequenceNumber };
      limit = nextLimit(page, limit);
      yield page;
      if (page.nextIterator === undefined) return;
      iterator = page.nextIterator;
      await clock.sleep(page.millisBehindLatest > 0 ? pauseMs : pollMs, signal);
    } catch (error) {
      if ((error as Error).name !== 'ExpiredIteratorException') throw error;
      iterator = undefined;
    }
  }
}

/** Repeats a call that Kinesis refuses as one too many. @throws any other error, and after some twenty refusals in a row */
export async function patiently<Value>(
  call: () => Promise<Value>,
  { clock, signal, random = Math.random }: Omit<PageOptions, 'reader'>,
): Promise<Value> {
  for (let refusals = 1; ; refusals++) {
    try {
      return await call();
    } catch (error) {
      const isRefusal = REFUSALS.has((error as Error).name);
      if (!isRefusal || refusals >= MOST_REFUSALS || signal?.aborted) throw error;
      const randomMs = fullJitterDelayMs(refusals, BACKOFF, random);
      const leastMs = Math.min(BACKOFF.maxMs, BACKOFF.baseMs * 2 ** (refusals - 1)) / 2;
      await clock.sleep(leastMs + randomMs / 2, signal);
    }
  }
}

function nextLimit({ records }: StreamPage, limit: number): number {
  if (records.length === 0) return limit;
  const bytes = records.reduce((sum, { data }) => sum + data.byteLength, 0);
  const fitting = Math.floor(PAGE_BYTES / (bytes / records.length));
  return Math.max(PAGE_RECORDS.min, Math.min(PAGE_RECORDS.max, fitting));
}

/** The last records of a busy shard are always some milliseconds old. */
const AT_TIP_MS = 1000;

/** Returns whether a page ends at the tip of its shard. An empty page with a lag above zero does not. Pure. */
export function isAtTip({ records, millisBehindLatest, nextIterator }: StreamPage): boolean {
  if (millisBehindLatest === 0 || nextIterator === undefined) return true;
  return records.length > 0 && millisBehindLatest < AT_TIP_MS;
}
