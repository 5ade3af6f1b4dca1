import { decodeFact } from '../event/decode.ts';
import type { Fact } from '../event/fact.ts';
import type { FactHead } from '../event/fact-head.ts';
import type { Clock, StreamPage, StreamReader } from '../ports.ts';

/** Records a read; a page of them is some megabytes at most. */
const PAGE_RECORDS = 5000;

/** A shard gives five reads a second, which Lambda and Firehose need too. */
const PAUSE_MS = 250;

/** How far behind the tip a read may be and still count as there. */
const AT_TIP_MS = 1000;

export interface TailOptions {
  reader: StreamReader;
  clock: Clock;
  sinceMs: number;
  untilMs: number;
  onFact: (fact: Fact) => void;
}

/**
 * Reads the facts that the journal has taken since a time, shard by shard, until the tip is reached or `untilMs` has come.
 * Answers whether it got that far.
 */
export async function readJournalSince(options: TailOptions): Promise<boolean> {
  const { reader, sinceMs: timestampMs } = options;
  for (const { shardId } of await reader.listShards()) {
    const iterator = await reader.open(shardId, { type: 'AT_TIMESTAMP', timestampMs });
    if (!(await readToTip(iterator, options))) return false;
  }
  return true;
}

async function readToTip(from: string, options: TailOptions): Promise<boolean> {
  const { reader, clock, untilMs, onFact } = options;
  for (let iterator: string | undefined = from; iterator !== undefined; ) {
    if (clock.now() >= untilMs) return false;
    const page: StreamPage = await reader.read(iterator, PAGE_RECORDS);
    for (const { data } of page.records) {
      const decoding = decodeFact(data);
      if (decoding.valid) onFact(decoding.fact);
    }
    if (page.records.length < PAGE_RECORDS && page.millisBehindLatest < AT_TIP_MS) return true;
    iterator = page.nextIterator;
    await clock.sleep(PAUSE_MS);
  }
  return true;
}

/**
 * What identifies one delivery: an event, the replay run it belongs to, and how often it had been parked when it began. A
 * `deferred` fact ends the delivery before its own number.
 */
export function deliveryOf({ type, eventId, replay, deferral = 0 }: FactHead): string {
  return `${eventId}\n${replay?.runId ?? ''}\n${type === 'deferred' ? deferral - 1 : deferral}`;
}
