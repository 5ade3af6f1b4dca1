import { createHash } from 'node:crypto';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { Clock } from '../../lib/ports.ts';

const RECORDS_PER_SECOND = 1000;
const BYTES_PER_SECOND = 1024 * 1024;

interface PutRecords {
  input: { Records: { PartitionKey: string; Data: Uint8Array }[] };
}

interface Shard {
  records: number;
  bytes: number;
  atMs: number;
}

/**
 * A Kinesis client that takes what `PutRecords` brings as a stream does: no shard takes more than 1,000 records and 1 MiB a
 * second (a token bucket that holds a second's worth), and a share of the records is refused besides. Only `send` is ever called.
 */
export class LimitedKinesis {
  readonly taken: { data: Uint8Array; atMs: number }[] = [];
  throttled = 0;
  injected = 0;
  readonly #shards: Shard[];
  readonly #clock: Clock;
  readonly #faultShare: number;
  readonly #latencyMs: number;
  readonly #random: () => number;

  constructor(options: {
    shards: number;
    clock: Clock;
    /** Share of the records that are refused although there is room. */
    faultShare?: number;
    latencyMs?: number;
    random?: () => number;
  }) {
    const { shards, clock, faultShare = 0, latencyMs = 0, random = Math.random } = options;
    const atMs = clock.now();
    const full = { records: RECORDS_PER_SECOND, bytes: BYTES_PER_SECOND, atMs };
    this.#shards = Array.from({ length: shards }, () => ({ ...full }));
    this.#clock = clock;
    this.#faultShare = faultShare;
    this.#latencyMs = latencyMs;
    this.#random = random;
  }

  get client(): KinesisClient {
    return { send: (command: PutRecords) => this.#put(command) } as unknown as KinesisClient;
  }

  async #put({ input }: PutRecords) {
    if (this.#latencyMs > 0) await this.#clock.sleep(this.#latencyMs);
    const Records = input.Records.map((record) => this.#take(record));
    return { FailedRecordCount: Records.filter(({ ErrorCode }) => ErrorCode).length, Records };
  }

  #take({ PartitionKey, Data }: PutRecords['input']['Records'][number]): { ErrorCode?: string } {
    if (this.#random() < this.#faultShare) {
      this.injected += 1;
      return { ErrorCode: 'InternalFailure' };
    }
    const shard = this.#refilled(PartitionKey);
    if (shard.records < 1 || shard.bytes < Data.byteLength) {
      this.throttled += 1;
      return { ErrorCode: 'ProvisionedThroughputExceededException' };
    }
    shard.records -= 1;
    shard.bytes -= Data.byteLength;
    this.taken.push({ data: Data, atMs: this.#clock.now() });
    return {};
  }

  #refilled(partitionKey: string): Shard {
    const hash = createHash('md5').update(partitionKey).digest();
    const shard = this.#shards[hash.readUInt32BE(0) % this.#shards.length];
    if (!shard) throw new Error('no shards');
    const nowMs = this.#clock.now();
    const seconds = (nowMs - shard.atMs) / 1000;
    shard.records = Math.min(RECORDS_PER_SECOND, shard.records + seconds * RECORDS_PER_SECOND);
    shard.bytes = Math.min(BYTES_PER_SECOND, shard.bytes + seconds * BYTES_PER_SECOND);
    shard.atMs = nowMs;
    return shard;
  }
}
