import { HashTable, uint16Column, uint32Column } from '../archive/hash-table.ts';
import { decodeFact } from '../event/decode.ts';
import type { Fact } from '../event/fact.ts';
import type {
  Clock,
  DispatchPositions,
  ShardPosition,
  StreamPage,
  StreamPosition,
  StreamReader,
  StreamRecord,
} from '../ports.ts';
import { deliveryOf } from './journal-tail.ts';

/** The journal, for an audit. */
export interface AuditedJournal {
  reader: StreamReader;
  /** Absent: what is pending is told by the facts of the journal alone, which cannot judge an event that others have overtaken. */
  positions?: DispatchPositions | undefined;
  clock: Clock;
  /** Pause between two reads of a shard, which gives five a second and 2 MiB/s to all of its readers. */
  pauseMs: number;
  /** Reading ends after this, whether or not the tip was reached. */
  patienceMs: number;
  /** An invocation of dispatch takes at most this: an event that is overtaken for longer is not in it. */
  invocationMs: number;
}

export interface JournalSpan {
  positions: readonly ShardPosition[];
  /** All shards are read from here on at least. */
  fromMs: number;
  /** From here on a shard is read of which dispatch has no position; not after `fromMs`. */
  unknownFromMs: number;
}

/** Records a read: about 0.7 MB. */
const PAGE_RECORDS = 1000;

const BACKOFF_MS = 1000;

/**
 * Reads the journal from `span` on to its tip, and notes which deliveries have no end there. Returns false if `patienceMs` did not suffice.
 * Rejects when the journal cannot be read.
 */
export async function readJournal(
  journal: AuditedJournal,
  span: JournalSpan,
  take: (fact: Fact, record: StreamRecord) => void,
): Promise<boolean> {
  const startedMs = journal.clock.now();
  const untilMs = startedMs + journal.patienceMs;
  const known = new Map(span.positions.map((position) => [position.shardId, position]));
  for (const { shardId } of await journal.reader.listShards()) {
    const settledMs = known.get(shardId)?.arrivedAtMs ?? span.unknownFromMs;
    const fromMs = Math.min(span.fromMs, settledMs);
    if (!(await readShard(journal, { shardId, fromMs, startedMs, untilMs, take }))) return false;
  }
  return true;
}

interface ShardReading {
  shardId: string;
  fromMs: number;
  startedMs: number;
  untilMs: number;
  take: (fact: Fact, record: StreamRecord) => void;
}

async function readShard(journal: AuditedJournal, reading: ShardReading): Promise<boolean> {
  const { clock, pauseMs } = journal;
  const cursor: Cursor = { iterator: undefined, position: startOf(reading.fromMs, clock.now()) };
  while (clock.now() < reading.untilMs) {
    try {
      if (await readPage(journal.reader, cursor, reading)) return true;
      if (pauseMs > 0) await clock.sleep(pauseMs);
    } catch (error) {
      if (!isPassing(error)) throw error;
      cursor.iterator = undefined;
      await clock.sleep(BACKOFF_MS);
    }
  }
  return false;
}

interface Cursor {
  iterator: string | undefined;
  /** Where to open another iterator. */
  position: StreamPosition;
}

function startOf(fromMs: number, nowMs: number): StreamPosition {
  return Number.isFinite(fromMs)
    ? { type: 'AT_TIMESTAMP', timestampMs: Math.min(fromMs, nowMs) }
    : { type: 'TRIM_HORIZON' };
}

/** Returns true at the tip, or at what came after the reading began. An empty page is no tip. */
async function readPage(
  reader: StreamReader,
  cursor: Cursor,
  { shardId, startedMs, take }: ShardReading,
): Promise<boolean> {
  cursor.iterator ??= await reader.open(shardId, cursor.position);
  const page: StreamPage = await reader.read(cursor.iterator, PAGE_RECORDS);
  for (const record of page.records) {
    const decoding = decodeFact(record.data);
    if (decoding.valid) take(decoding.fact, record);
    cursor.position = {
      type: 'AFTER_SEQUENCE_NUMBER',
      sequenceNumber: record.sequenceNumber,
    };
  }
  cursor.iterator = page.nextIterator;
  const newestMs = page.records.at(-1)?.approximateArrivalMs ?? 0;
  const isAtTip = page.millisBehindLatest === 0 || newestMs > startedMs;
  return page.nextIterator === undefined || isAtTip;
}

/** Another reader used up the shard's limit, or the iterator has expired. */
const PASSING = new Set([
  'ProvisionedThroughputExceededException',
  'LimitExceededException',
  'ThrottlingException',
  'KMSThrottlingException',
  'ExpiredIteratorException',
]);

const isPassing = (error: unknown) => error instanceof Error && PASSING.has(error.name);

const BITS = { received: 1, ended: 2, beyond: 4, positioned: 8 };

/** The deliveries that the journal holds, each some 30 bytes: which have an end, and which dispatch may still come to. */
export class JournalLedger {
  readonly #deliveries = new HashTable();
  readonly #bits = uint16Column();
  /** Index of its event in the books, and 1. */
  readonly #events = uint32Column();
  /** Arrival in Unix seconds. */
  readonly #arrivals = uint32Column();
  readonly #shards: string[] = [];
  readonly #shardOf = uint16Column();
  readonly #settled: Map<string, bigint>;

  constructor(positions: readonly ShardPosition[]) {
    this.#settled = new Map(
      positions.flatMap(({ shardId, settledThrough }) =>
        settledThrough === undefined ? [] : [[shardId, BigInt(settledThrough)] as const],
      ),
    );
  }

  /** Takes a fact of the journal, and the index of its event in the books. */
  take(fact: Fact, record: StreamRecord, event: number): void {
    const index = this.#deliveries.add(deliveryOf(fact));
    if (fact.type === 'received') this.#takeReceived(index, record, event);
    else this.#set(index, BITS.ended);
  }

  #takeReceived(index: number, record: StreamRecord, event: number): void {
    const settled = this.#settled.get(record.shardId);
    const isBeyond = settled === undefined || BigInt(record.sequenceNumber) > settled;
    this.#set(
      index,
      BITS.received | (isBeyond ? BITS.beyond : 0) | (settled === undefined ? 0 : BITS.positioned),
    );
    this.#events.set(index, event + 1);
    this.#arrivals.set(index, Math.floor(record.approximateArrivalMs / 1000));
    this.#shardOf.set(index, this.#shardIndex(record.shardId));
  }

  /** Tells of every event with a delivery that has no end: whether dispatch may still come to it, or others have overtaken it. */
  tellOpen(
    invocationMs: number,
    tell: (event: number, how: 'pending' | 'overtaken') => void,
  ): void {
    const passed = this.#latestEnded();
    for (let index = 0; index < this.#deliveries.size; index++) {
      const bits = this.#bits.get(index);
      const event = this.#events.get(index) - 1;
      if (!(bits & BITS.received) || bits & BITS.ended || !(bits & BITS.beyond) || event < 0)
        continue;
      const overtakenS = (passed[this.#shardOf.get(index)] ?? 0) - this.#arrivals.get(index);
      const isOvertaken = !(bits & BITS.positioned) && overtakenS * 1000 > invocationMs;
      tell(event, isOvertaken ? 'overtaken' : 'pending');
    }
  }

  /** Of each shard, when the latest record arrived that has an end. */
  #latestEnded(): number[] {
    const latest: number[] = [];
    for (let index = 0; index < this.#deliveries.size; index++) {
      if ((this.#bits.get(index) & BITS.ended) === 0) continue;
      const shard = this.#shardOf.get(index);
      latest[shard] = Math.max(latest[shard] ?? 0, this.#arrivals.get(index));
    }
    return latest;
  }

  #set(index: number, bits: number): void {
    this.#bits.set(index, this.#bits.get(index) | bits);
  }

  #shardIndex(shardId: string): number {
    const index = this.#shards.indexOf(shardId);
    return index >= 0 ? index : this.#shards.push(shardId) - 1;
  }
}
