import type { Clock, Shard, StreamReader, StreamRecord } from '../../../lib/ports.ts';

interface FakeShard extends Shard {
  records: StreamRecord[];
}

/** A stream in memory. Sequence numbers count through the whole stream; an iterator is `<shard>:<index>`. */
export class FakeStream implements StreamReader {
  readonly opened: string[] = [];
  readCount = 0;
  /** Thrown by the next reads, first one first. */
  readonly readFailures: Error[] = [];
  readonly #clock: Clock;
  readonly #shards = new Map<string, FakeShard>();
  readonly #expired = new Set<string>();
  #sequence = 0;

  constructor(clock: Clock, shardIds: string[]) {
    this.#clock = clock;
    for (const shardId of shardIds) this.addShard(shardId);
  }

  addShard(shardId: string, parentShardIds: string[] = []): void {
    this.#shards.set(shardId, { shardId, parentShardIds, closed: false, records: [] });
  }

  split(shardId: string, childIds: string[]): void {
    this.#shard(shardId).closed = true;
    for (const childId of childIds) this.addShard(childId, [shardId]);
  }

  put(shardId: string, text: string, arrivalMs = this.#clock.now()): string {
    const sequenceNumber = String(++this.#sequence);
    this.#shard(shardId).records.push({
      shardId,
      sequenceNumber,
      partitionKey: 'key',
      data: Buffer.from(text),
      approximateArrivalMs: arrivalMs,
    });
    return sequenceNumber;
  }

  /** Makes every iterator that was given out too old. */
  expireIterators(): void {
    for (const [shardId, { records }] of this.#shards) {
      for (let index = 0; index <= records.length; index++)
        this.#expired.add(`${shardId}:${index}`);
    }
  }

  async listShards(): Promise<Shard[]> {
    return [...this.#shards.values()].map(({ records, ...shard }) => shard);
  }

  async open(shardId: string, position: Parameters<StreamReader['open']>[1]): Promise<string> {
    const { records } = this.#shard(shardId);
    const after = position.type === 'AFTER_SEQUENCE_NUMBER' ? position.sequenceNumber : '0';
    this.opened.push(`${shardId} after ${after}`);
    const index = records.findIndex((record) => BigInt(record.sequenceNumber) > BigInt(after));
    const iterator = `${shardId}:${index === -1 ? records.length : index}`;
    this.#expired.delete(iterator);
    return iterator;
  }

  async read(iterator: string, limit: number) {
    this.readCount += 1;
    const failure = this.readFailures.shift();
    if (failure) throw failure;
    if (this.#expired.has(iterator)) throw named('ExpiredIteratorException');
    const [shardId = '', index = ''] = iterator.split(':');
    const { records, closed } = this.#shard(shardId);
    const next = Math.min(Number(index) + limit, records.length);
    const isBehind = next < records.length;
    return {
      records: records.slice(Number(index), next),
      nextIterator: closed && !isBehind ? undefined : `${shardId}:${next}`,
      // The end of a closed shard is as far behind the tip of time as it is old.
      millisBehindLatest: isBehind || closed ? 1 : 0,
    };
  }

  #shard(shardId: string): FakeShard {
    const shard = this.#shards.get(shardId);
    if (!shard) throw named('ResourceNotFoundException');
    return shard;
  }
}

function named(name: string): Error {
  return Object.assign(new Error(name), { name });
}
