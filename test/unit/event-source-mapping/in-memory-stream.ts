import type {
  Clock,
  Shard,
  StreamPage,
  StreamPosition,
  StreamReader,
  StreamRecord,
} from '../../../lib/ports.ts';

const iteratorLifeMs = 5 * 60_000;

interface ShardLog extends Shard {
  records: StreamRecord[];
}

/** A Kinesis stream in memory, whose iterators expire and whose shards split and merge. */
export class InMemoryStream implements StreamReader {
  reads = 0;
  opens: { shardId: string; position: StreamPosition }[] = [];
  readonly #clock: Clock;
  readonly #shards: ShardLog[] = [];
  readonly #failures: Error[] = [];
  /** Starts at 95, so that numbers and texts soon sort differently. */
  #sequence = 95n;

  constructor(clock: Clock, shardCount = 1) {
    this.#clock = clock;
    for (let at = 0; at < shardCount; at += 1) this.#addShard([]);
  }

  /** The shard's records, oldest first. */
  records(shardId = shardName(0)): readonly StreamRecord[] {
    return this.#shard(shardId).records;
  }

  /** Appends one record; `ageMs` says how long ago it arrived. Answers its sequence number. */
  append(
    data: unknown,
    {
      shardId = shardName(0),
      partitionKey = 'key',
      ageMs = 0,
    }: { shardId?: string; partitionKey?: string; ageMs?: number } = {},
  ): string {
    const shard = this.#shard(shardId);
    if (shard.closed) throw new Error(`${shardId} is closed`);
    const sequenceNumber = String(this.#sequence++);
    shard.records.push({
      shardId,
      sequenceNumber,
      partitionKey,
      data: Buffer.from(typeof data === 'string' ? data : JSON.stringify(data)),
      approximateArrivalMs: this.#clock.now() - ageMs,
    });
    return sequenceNumber;
  }

  appendMany(count: number, options: { shardId?: string; partitionKey?: string } = {}): string[] {
    return Array.from({ length: count }, (_, index) => this.append({ n: index }, options));
  }

  /** Closes a shard; answers its two children. */
  split(shardId: string): [string, string] {
    this.#shard(shardId).closed = true;
    return [this.#addShard([shardId]), this.#addShard([shardId])];
  }

  /** Closes two shards; answers their child. */
  merge(left: string, right: string): string {
    this.#shard(left).closed = true;
    this.#shard(right).closed = true;
    return this.#addShard([left, right]);
  }

  /** Lets a shard pass out of retention. */
  forget(shardId: string): void {
    this.#shards.splice(this.#shards.indexOf(this.#shard(shardId)), 1);
  }

  /** The next call, of whichever kind, rejects with this. */
  failNext(error: Error): void {
    this.#failures.push(error);
  }

  async listShards(): Promise<Shard[]> {
    this.#throwPlanned();
    return this.#shards.map(({ shardId, parentShardIds, closed }) => ({
      shardId,
      parentShardIds,
      closed,
    }));
  }

  async open(shardId: string, position: StreamPosition): Promise<string> {
    this.#throwPlanned();
    this.opens.push({ shardId, position });
    return this.#iterator(shardId, this.#indexOf(shardId, position));
  }

  async read(iterator: string, limit: number): Promise<StreamPage> {
    this.#throwPlanned();
    this.reads += 1;
    const [shardId = '', index = '', createdMs = ''] = iterator.split('|');
    if (this.#clock.now() - Number(createdMs) > iteratorLifeMs) {
      throw Object.assign(new Error('expired'), { name: 'ExpiredIteratorException' });
    }
    const shard = this.#shard(shardId);
    const end = Math.min(shard.records.length, Number(index) + limit);
    const next = shard.records[end];
    return {
      records: shard.records.slice(Number(index), end),
      nextIterator: shard.closed && !next ? undefined : this.#iterator(shardId, end),
      millisBehindLatest: next ? this.#clock.now() - next.approximateArrivalMs : 0,
    };
  }

  #addShard(parentShardIds: string[]): string {
    const shardId = shardName(this.#shards.length);
    this.#shards.push({ shardId, parentShardIds, closed: false, records: [] });
    return shardId;
  }

  #shard(shardId: string): ShardLog {
    const shard = this.#shards.find((candidate) => candidate.shardId === shardId);
    if (!shard) throw new Error(`no shard ${shardId}`);
    return shard;
  }

  #indexOf(shardId: string, position: StreamPosition): number {
    const { records } = this.#shard(shardId);
    const from = records.findIndex((record) => isReached(record, position));
    return from === -1 ? records.length : from;
  }

  #iterator(shardId: string, index: number): string {
    return `${shardId}|${index}|${this.#clock.now()}`;
  }

  #throwPlanned(): void {
    const error = this.#failures.shift();
    if (error) throw error;
  }
}

function isReached(record: StreamRecord, position: StreamPosition): boolean {
  switch (position.type) {
    case 'TRIM_HORIZON':
      return true;
    case 'LATEST':
      return false;
    case 'AT_TIMESTAMP':
      return record.approximateArrivalMs >= position.timestampMs;
    case 'AFTER_SEQUENCE_NUMBER':
      return BigInt(record.sequenceNumber) > BigInt(position.sequenceNumber);
  }
}

export function shardName(index: number): string {
  return `shardId-${String(index).padStart(12, '0')}`;
}
