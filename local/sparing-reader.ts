import type { Clock, Shard, StreamPage, StreamReader } from '../lib/ports.ts';
import type { Bell } from './bell.ts';

/** Longest time for which a read is put off, in case an append was not announced. */
const LONGEST_WAIT_MS = 5000;

/** Shards that are split or merged are seen after this long, or when one of them has been read to its end. */
const SHARDS_VALID_MS = 5000;

/**
 * Skips reads that would find nothing. Readers of the journal poll, as they do on AWS, and at rest that polling was most of the local run's work. After an empty
 * page at the tip, the next read waits until something is appended; for a reader that must not wait, it returns the empty page again.
 *
 * @param appends rings at each append to the journal; several may ring as one
 */
export function createSparingReader(
  reader: StreamReader,
  appends: Bell,
  { clock, waits }: { clock: Clock; waits: boolean },
): StreamReader {
  /** Iterators of empty pages at the tip. One before it says that there is more to read, as Kinesis may do. */
  const idle = new Map<string, { page: StreamPage; rung: number; untilMs: number }>();
  let shards: { list: Shard[]; untilMs: number } | undefined;

  return {
    async listShards() {
      if (!shards || clock.now() >= shards.untilMs)
        shards = { list: await reader.listShards(), untilMs: clock.now() + SHARDS_VALID_MS };
      return shards.list;
    },
    open: (shardId, position) => reader.open(shardId, position),
    async read(iterator, limit, signal) {
      const empty = idle.get(iterator);
      if (empty && waits) {
        await appends.heardSince(empty.rung, LONGEST_WAIT_MS, clock, signal);
        signal?.throwIfAborted();
      }
      if (!waits && empty?.rung === appends.count && clock.now() < empty.untilMs) return empty.page;
      idle.delete(iterator);
      const rung = appends.count;
      const page = await reader.read(iterator, limit);
      const { nextIterator } = page;
      if (nextIterator === undefined) shards = undefined;
      else if (page.records.length === 0 && page.millisBehindLatest === 0)
        idle.set(nextIterator, { page, rung, untilMs: clock.now() + LONGEST_WAIT_MS });
      return page;
    },
  };
}
