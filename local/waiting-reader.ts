import type { Clock, Shard, StreamReader } from '../lib/ports.ts';

/** Told of appends to the journal; `count` grows with each that is told, and several may be told as one. */
export interface Appends {
  readonly count: number;
  /** Resolves at the next. */
  next(): Promise<void>;
}

/** A read waits this long at most, should an append not be told. */
const LONGEST_WAIT_MS = 5000;

/** Shards that are split or merged are seen after this long, or when one of them has been read to its end. */
const SHARDS_VALID_MS = 5000;

/**
 * Spares the reads that find nothing: one that goes on where an empty page ended waits until something is appended. The readers of the journal
 * poll as those of AWS do, and at rest that was most of what the local run did.
 */
export function createWaitingReader(
  reader: StreamReader,
  appends: Appends,
  clock: Clock,
): StreamReader {
  /** Iterators of empty pages, with the count before the read. */
  const idle = new Map<string, number>();
  let shards: { list: Shard[]; untilMs: number } | undefined;

  async function untilAppended(seen: number | undefined): Promise<void> {
    if (seen === undefined || appends.count !== seen) return;
    const timer = new AbortController();
    await Promise.race([appends.next(), clock.sleep(LONGEST_WAIT_MS, timer.signal)]);
    timer.abort();
  }

  return {
    async listShards() {
      if (!shards || clock.now() >= shards.untilMs)
        shards = { list: await reader.listShards(), untilMs: clock.now() + SHARDS_VALID_MS };
      return shards.list;
    },
    open: (shardId, position) => reader.open(shardId, position),
    async read(iterator, limit) {
      const seen = idle.get(iterator);
      idle.delete(iterator);
      await untilAppended(seen);
      const before = appends.count;
      const page = await reader.read(iterator, limit);
      if (page.nextIterator === undefined) shards = undefined;
      else if (page.records.length === 0) idle.set(page.nextIterator, before);
      return page;
    },
  };
}
