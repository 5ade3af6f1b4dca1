import { decodeFact } from '../event/decode.ts';
import type { Fact } from '../event/fact.ts';
import type { FactHead } from '../event/fact-head.ts';
import type { Shard, StreamPosition, StreamRecord } from '../ports.ts';
import { type PageOptions, patiently, readPages } from './shard-pages.ts';

/** Shards that are read at once. */
const PARALLEL = 16;

interface TailOptions extends PageOptions {
  /** Returns the position at which a shard is read from. */
  startOf: (shard: Shard) => StreamPosition;
  /** Reading ends at this time. Default: when the tip is reached. */
  untilMs?: number;
  onFact: (fact: Fact, record: StreamRecord) => void;
  /** Called after each page, with the number of records so far. */
  onProgress?: (records: number) => void;
}

/**
 * Reads the facts of all shards, closed ones included, up to what the journal held when it began. Returns false if `untilMs` came first or `signal` aborted.
 * The facts of a shard come in order.
 *
 * @throws when a shard cannot be read
 */
export async function readJournal(options: TailOptions): Promise<boolean> {
  const { reader, clock } = options;
  const shards = await patiently(() => reader.listShards(), options);
  const reading = { ...options, startedMs: clock.now(), records: 0 };
  const left = [...shards];
  let complete = true;
  const work = async () => {
    for (let shard = left.shift(); shard; shard = left.shift())
      complete = (await readToTip(shard, reading)) && complete;
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return complete;
}

type Reading = TailOptions & { startedMs: number; records: number };

async function readToTip(shard: Shard, reading: Reading): Promise<boolean> {
  const { clock, untilMs = Number.POSITIVE_INFINITY, startedMs, onFact, onProgress } = reading;
  const isTooLate = () => clock.now() >= untilMs || reading.signal?.aborted === true;
  if (isTooLate()) return false;
  for await (const page of readPages(reading, shard.shardId, reading.startOf(shard))) {
    for (const record of page.records) {
      const decoding = decodeFact(record.data);
      if (decoding.valid) onFact(decoding.fact, record);
    }
    reading.records += page.records.length;
    onProgress?.(reading.records);
    const last = page.records.at(-1);
    const isAtTip = page.millisBehindLatest === 0 || page.nextIterator === undefined;
    if (isAtTip || (last && last.approximateArrivalMs >= startedMs)) return true;
    if (isTooLate()) return false;
  }
  return reading.signal?.aborted !== true;
}

/**
 * What identifies one delivery: an event, the replay run it belongs to, and how often it had been parked when it began. A
 * `deferred` fact ends the delivery before its own number.
 */
export function deliveryOf({ type, eventId, replay, deferral = 0 }: FactHead): string {
  return `${eventId}\n${replay?.runId ?? ''}\n${type === 'deferred' ? deferral - 1 : deferral}`;
}
