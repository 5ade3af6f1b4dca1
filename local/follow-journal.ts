import { decodeFact } from '../lib/event/decode.ts';
import type { Fact } from '../lib/event/fact.ts';
import type { Clock, StreamReader } from '../lib/ports.ts';

/**
 * Calls `onFact` for every fact of the journal, those that are in it already and those that come, shard by shard in order. A shard that
 * other readers have read as much as it allows is read at the next poll.
 */
export function followJournal(
  reader: StreamReader,
  clock: Clock,
  onFact: (fact: Fact) => void,
  pollIntervalMs = 400,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const iterators = new Map<string, string | undefined>();

  async function readShard(shardId: string): Promise<void> {
    const iterator = iterators.has(shardId)
      ? iterators.get(shardId)
      : await reader.open(shardId, { type: 'TRIM_HORIZON' });
    if (iterator === undefined) return;
    const page = await reader.read(iterator, 10_000);
    iterators.set(shardId, page.nextIterator);
    for (const record of page.records) {
      const decoding = decodeFact(record.data);
      if (decoding.valid) onFact(decoding.fact);
    }
  }

  async function follow(): Promise<void> {
    while (!stopping.signal.aborted) {
      for (const { shardId } of await reader.listShards())
        await readShard(shardId).catch(passOverLimit);
      await clock.sleep(pollIntervalMs, stopping.signal);
    }
  }

  const following = follow();
  return {
    async stop() {
      stopping.abort();
      await following;
    },
  };
}

function passOverLimit(error: unknown): void {
  const isLimit = error instanceof Error && error.name === 'ProvisionedThroughputExceededException';
  if (!isLimit) throw error;
}
