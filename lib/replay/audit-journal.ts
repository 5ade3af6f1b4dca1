import { HashTable, uint16Column, uint32Column } from '../archive/hash-table.ts';
import type { Fact } from '../event/fact.ts';
import type {
  Clock,
  DispatchPositions,
  ShardPosition,
  StreamPosition,
  StreamReader,
  StreamRecord,
} from '../ports.ts';
import { deliveryOf, readJournal } from './journal-tail.ts';

/** The journal, for an audit. */
export interface AuditedJournal {
  reader: StreamReader;
  /** If absent, only the facts of the journal show what is pending. Events that others have overtaken stay unjudged. */
  positions?: DispatchPositions | undefined;
  clock: Clock;
  /** Pause between two reads of a shard. Default: within what AWS allows. */
  pauseMs?: number;
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

/**
 * Reads the journal from `span` on to its tip. Returns false if `patienceMs` did not suffice. Rejects when the journal cannot be read.
 */
export function readSpan(
  { patienceMs, ...journal }: AuditedJournal,
  { positions, fromMs, unknownFromMs }: JournalSpan,
  onFact: (fact: Fact, record: StreamRecord) => void,
): Promise<boolean> {
  const nowMs = journal.clock.now();
  const settledMs = new Map(positions.map(({ shardId, arrivedAtMs }) => [shardId, arrivedAtMs]));
  return readJournal({
    ...journal,
    untilMs: nowMs + patienceMs,
    startOf: ({ shardId }) =>
      startOf(Math.min(fromMs, settledMs.get(shardId) ?? unknownFromMs), nowMs),
    onFact,
  });
}

function startOf(fromMs: number, nowMs: number): StreamPosition {
  return Number.isFinite(fromMs)
    ? { type: 'AT_TIMESTAMP', timestampMs: Math.min(fromMs, nowMs) }
    : { type: 'TRIM_HORIZON' };
}

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

  /** Returns the arrival of each shard's latest record with an end, in Unix seconds. */
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
