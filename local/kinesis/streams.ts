import { createHash } from 'node:crypto';
import { AwsError } from '../emulators/aws-json-server.ts';
import { AppendLog, type Place } from './append-log.ts';

export interface Record {
  partitionKey: string;
  data: Buffer;
  sequenceNumber: string;
  arrivalMs: number;
}

/** One shard: its range of hash keys, and where its records are. */
export interface Shard {
  id: string;
  parents: string[];
  startHash: bigint;
  endHash: bigint;
  /** Number of the first record that it could have held. */
  firstNumber: number;
  /** The number at which a split or merge closed it. */
  closedAt: number | undefined;
  /** Its records, oldest first: number, time of arrival and place in the log, in columns. */
  numbers: number[];
  arrivalsMs: number[];
  offsets: number[];
  lengths: number[];
}

export interface Stream {
  name: string;
  createdMs: number;
  retentionHours: number;
  shards: Shard[];
}

const MAX_HASH = 2n ** 128n - 1n;
const HOUR_MS = 3_600_000;

/** Kinds of entries in the log: what happened to a stream as JSON, or one record. */
const CHANGE = 1;
const RECORD = 2;

/** kind, stream, shard, number, arrival, length of the key. */
const RECORD_HEADER_BYTES = 1 + 2 + 4 + 8 + 8 + 2;

type Change =
  | { type: 'created'; stream: number; name: string; shardCount: number; atMs: number }
  | { type: 'deleted'; stream: number }
  | { type: 'retention'; stream: number; hours: number }
  | { type: 'resharded'; stream: number; closed: string[]; at: number; opened: [string, string][] };

/**
 * The streams of the emulator, kept in one append-only log. Numbers grow with all records of all streams, in the order in which they were accepted;
 * a sequence number is one of them in the form of a long decimal. Each start continues from the clock, in microseconds:
 * if the log was lost, or an older copy restored, readers that were further ahead would otherwise skip new records.
 */
export class Streams {
  readonly #log: AppendLog;
  /** By their index in the log; deleted ones are `undefined`. */
  readonly #streams: (Stream | undefined)[] = [];
  readonly #indexes = new Map<string, number>();
  #nextNumber = 1;
  #onAppended: (() => void)[] = [];

  /** @throws DamagedLogError */
  constructor(folder: string) {
    this.#log = new AppendLog(folder, (entry, place) => this.#replay(entry, place));
    this.#nextNumber = Math.max(this.#nextNumber, Date.now() * 1000);
  }

  close(): void {
    this.#log.close();
  }

  names(): string[] {
    return [...this.#indexes.keys()].toSorted();
  }

  /** @throws AwsError for a stream that is not there */
  stream(name: string): Stream {
    const found = this.#streams[this.#indexes.get(name) ?? -1];
    if (!found) throw notFound(`Stream ${name} under account 000000000000 not found.`);
    return found;
  }

  async create(name: string, shardCount: number): Promise<void> {
    if (this.#indexes.has(name))
      throw new AwsError('ResourceInUseException', `Stream ${name} already exists.`);
    const stream = this.#streams.length;
    await this.#change({ type: 'created', stream, name, shardCount, atMs: Date.now() });
  }

  delete(name: string): Promise<void> {
    this.stream(name);
    return this.#change({ type: 'deleted', stream: this.#indexOf(name) });
  }

  setRetention(name: string, hours: number): Promise<void> {
    return this.#change({ type: 'retention', stream: this.#indexOf(name), hours });
  }

  /** Closes shards and opens others in their place, each given by its first and last hash key. */
  reshard(name: string, closed: Shard[], opened: [bigint, bigint][]): Promise<void> {
    return this.#change({
      type: 'resharded',
      stream: this.#indexOf(name),
      closed: closed.map(({ id }) => id),
      at: this.#nextNumber,
      opened: opened.map(([start, end]) => [String(start), String(end)]),
    });
  }

  /** The open shard that a record belongs to. */
  shardFor(stream: Stream, partitionKey: string, hashKey: string | undefined): Shard {
    const open = stream.shards.filter(({ closedAt }) => closedAt === undefined);
    const [only, second] = open;
    if (only && !second) return only;
    const hash = hashKey === undefined ? hashOf(partitionKey) : BigInt(hashKey);
    return open.find(({ startHash, endHash }) => hash >= startHash && hash <= endHash) as Shard;
  }

  /** Resolves with the record's sequence number once it is written. */
  async append(
    stream: Stream,
    shard: Shard,
    record: { partitionKey: string; data: Buffer },
  ): Promise<string> {
    const number = this.#nextNumber++;
    const key = Buffer.from(record.partitionKey);
    const arrivalMs = Date.now();
    const entry = Buffer.allocUnsafe(RECORD_HEADER_BYTES + key.length + record.data.length);
    let at = entry.writeUInt8(RECORD, 0);
    at = entry.writeUInt16LE(this.#indexOf(stream.name), at);
    at = entry.writeUInt32LE(stream.shards.indexOf(shard), at);
    at = entry.writeDoubleLE(number, at);
    at = entry.writeDoubleLE(arrivalMs, at);
    at = entry.writeUInt16LE(key.length, at);
    at += key.copy(entry, at);
    record.data.copy(entry, at);
    index(shard, number, arrivalMs, await this.#log.append(entry));
    for (const tell of this.#onAppended) tell();
    return sequenceNumberOf(number);
  }

  /** Calls back after each record that was appended. */
  onAppended(tell: () => void): void {
    this.#onAppended.push(tell);
  }

  /** The number that the next record gets. */
  get nextNumber(): number {
    return this.#nextNumber;
  }

  /** Position of the first record of a shard with at least this number, leaving out what is beyond its retention. */
  positionOf({ retentionHours }: Stream, shard: Shard, number: number): number {
    const kept = firstAtLeast(shard.arrivalsMs, Date.now() - retentionHours * HOUR_MS);
    return Math.max(kept, firstAtLeast(shard.numbers, number));
  }

  read(shard: Shard, position: number): Record {
    const offset = shard.offsets[position] ?? 0;
    const entry = this.#log.read({ offset, length: shard.lengths[position] ?? 0 });
    const keyLength = entry.readUInt16LE(RECORD_HEADER_BYTES - 2);
    const dataAt = RECORD_HEADER_BYTES + keyLength;
    return {
      partitionKey: entry.toString('utf8', RECORD_HEADER_BYTES, dataAt),
      data: entry.subarray(dataAt),
      sequenceNumber: sequenceNumberOf(shard.numbers[position] ?? 0),
      arrivalMs: shard.arrivalsMs[position] ?? 0,
    };
  }

  #indexOf(name: string): number {
    this.stream(name);
    return this.#indexes.get(name) ?? -1;
  }

  async #change(change: Change): Promise<void> {
    await this.#log.append(Buffer.concat([Buffer.of(CHANGE), Buffer.from(JSON.stringify(change))]));
    this.#apply(change);
  }

  #replay(entry: Buffer, place: Place): void {
    if (entry[0] === CHANGE) {
      this.#apply(JSON.parse(entry.toString('utf8', 1)) as Change);
      return;
    }
    const stream = this.#streams[entry.readUInt16LE(1)];
    const shard = stream?.shards[entry.readUInt32LE(3)];
    const number = entry.readDoubleLE(7);
    this.#nextNumber = Math.max(this.#nextNumber, number + 1);
    // Of a stream that was deleted since.
    if (shard) index(shard, number, entry.readDoubleLE(15), place);
  }

  #apply(change: Change): void {
    const stream = this.#streams[change.stream];
    if (change.type === 'created') {
      const { name, shardCount, atMs } = change;
      this.#indexes.set(name, change.stream);
      const created: Stream = { name, createdMs: atMs, retentionHours: 24, shards: [] };
      for (const [start, end] of evenRanges(shardCount))
        open(created, [], start, end, this.#nextNumber);
      this.#streams[change.stream] = created;
      return;
    }
    if (!stream) return;
    switch (change.type) {
      case 'deleted':
        this.#streams[change.stream] = undefined;
        this.#indexes.delete(stream.name);
        return;
      case 'retention':
        stream.retentionHours = change.hours;
        return;
      case 'resharded':
        this.#nextNumber = Math.max(this.#nextNumber, change.at + 1);
        for (const shard of stream.shards)
          if (change.closed.includes(shard.id)) shard.closedAt = change.at;
        for (const [start, end] of change.opened)
          open(stream, change.closed, BigInt(start), BigInt(end), this.#nextNumber);
    }
  }
}

/** Longer than 2^53 and of one length, as those of AWS. */
export function sequenceNumberOf(number: number): string {
  return `49${String(number).padStart(20, '0')}`;
}

/** `undefined` for a text that is no sequence number of this emulator. */
export function numberOf(sequenceNumber: string): number | undefined {
  return /^49\d{20}$/.test(sequenceNumber) ? Number(sequenceNumber.slice(2)) : undefined;
}

export function notFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message);
}

function open(
  stream: Stream,
  parents: string[],
  startHash: bigint,
  endHash: bigint,
  firstNumber: number,
) {
  const id = `shardId-${String(stream.shards.length).padStart(12, '0')}`;
  const columns = { numbers: [], arrivalsMs: [], offsets: [], lengths: [] };
  stream.shards.push({
    id,
    parents,
    startHash,
    endHash,
    firstNumber,
    closedAt: undefined,
    ...columns,
  });
}

function index(shard: Shard, number: number, arrivalMs: number, { offset, length }: Place): void {
  shard.numbers.push(number);
  shard.arrivalsMs.push(arrivalMs);
  shard.offsets.push(offset);
  shard.lengths.push(length);
}

function evenRanges(count: number): [bigint, bigint][] {
  const size = (MAX_HASH + 1n) / BigInt(count);
  return Array.from({ length: count }, (_, n) => [
    size * BigInt(n),
    n === count - 1 ? MAX_HASH : size * BigInt(n + 1) - 1n,
  ]);
}

/** MD5 of the partition key, as a number (Kinesis Data Streams, "Key concepts"). */
function hashOf(partitionKey: string): bigint {
  return BigInt(`0x${createHash('md5').update(partitionKey).digest('hex')}`);
}

/** The first position in a sorted column with at least this value. */
export function firstAtLeast(column: readonly number[], least: number): number {
  let [low, high] = [0, column.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((column[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
