import { decodeFact } from '../event/decode.ts';
import type { Fact } from '../event/fact.ts';
import type { Shard, StreamPosition } from '../ports.ts';
import { type PageOptions, patiently, readPages } from './shard-pages.ts';

/** Interval at which new shards are looked for. */
const SHARDS_EVERY_MS = 5000;

interface FollowOptions extends Omit<PageOptions, 'signal'> {
  /** Facts that arrived from then on are read, in milliseconds since the epoch. */
  sinceMs: number;
  onFact: (fact: Fact) => void;
  signal: AbortSignal;
}

/**
 * Reads the journal's facts as they come, within the read limits of its shards, until `signal` aborts. The facts of a shard come in order.
 *
 * @throws when a shard cannot be read for about a minute and a half
 */
export async function followFacts(options: FollowOptions): Promise<void> {
  const { reader, clock, sinceMs } = options;
  const failing = new AbortController();
  const signal = AbortSignal.any([options.signal, failing.signal]);
  const known = new Set<string>();
  const following: Promise<void>[] = [];
  let failure: unknown;

  async function look(positionOf: (shard: Shard) => StreamPosition): Promise<void> {
    for (const shard of await patiently(() => reader.listShards(), { ...options, signal })) {
      if (known.has(shard.shardId)) continue;
      known.add(shard.shardId);
      following.push(
        followShard(shard.shardId, positionOf(shard), { ...options, signal }).catch((error) => {
          failure = error;
          failing.abort();
        }),
      );
    }
  }

  await look(() => ({ type: 'AT_TIMESTAMP', timestampMs: sinceMs }));
  while (!signal.aborted) {
    await clock.sleep(SHARDS_EVERY_MS, signal);
    // What a new shard holds came after its parents.
    if (!signal.aborted) await look(() => ({ type: 'TRIM_HORIZON' }));
  }
  await Promise.all(following);
  if (failure !== undefined) throw failure;
}

async function followShard(
  shardId: string,
  from: StreamPosition,
  options: FollowOptions,
): Promise<void> {
  for await (const page of readPages(options, shardId, from))
    for (const record of page.records) {
      const decoding = decodeFact(record.data);
      if (decoding.valid) options.onFact(decoding.fact);
    }
}
