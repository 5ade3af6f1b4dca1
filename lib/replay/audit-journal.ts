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
  /** If absent, it is not known what is pending: events without an end stay unjudged. */
  positions?: DispatchPositions | undefined;
  clock: Clock;
  /** Pause between two reads of a shard. Default: within what AWS allows. */
  pauseMs?: number;
  /** Reading ends after this, whether or not the tip was reached. */
  patienceMs: number;
}

interface JournalSpan {
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

const BITS = { received: 1, ended: 2, beyond: 4, placed: 8 };

/** Place of an event without an end: dispatch may still come to it (`pending`), or no position tells whether it may (`unplaced`). */
export type OpenPlace = 'pending' | 'unplaced';

/** The deliveries that the journal holds, each some 20 bytes: which have an end, and which dispatch may still come to. */
export class JournalLedger {
  readonly #deliveries = new HashTable();
  readonly #bits = uint16Column();
  /** Index of its event in the books, and 1. */
  readonly #events = uint32Column();
  /** By shard; `undefined` where dispatch has worked and its notes tell no position. */
  readonly #settled: Map<string, bigint | undefined>;
  /** The notes of dispatch tell positions. Earlier versions wrote none. */
  readonly #hasPositions: boolean;

  constructor(positions: readonly ShardPosition[]) {
    this.#settled = new Map(
      positions.map(({ shardId, settledThrough }) => [
        shardId,
        settledThrough === undefined ? undefined : BigInt(settledThrough),
      ]),
    );
    this.#hasPositions = [...this.#settled.values()].some((settled) => settled !== undefined);
  }

  /** Takes a fact of the journal, and the index of its event in the books. */
  take(fact: Fact, record: StreamRecord, event: number): void {
    const index = this.#deliveries.add(deliveryOf(fact));
    if (fact.type === 'received') this.#takeReceived(index, record, event);
    else this.#set(index, BITS.ended);
  }

  #takeReceived(index: number, { shardId, sequenceNumber }: StreamRecord, event: number): void {
    const settled = this.#settled.get(shardId);
    const isBeyond = settled === undefined || BigInt(sequenceNumber) > settled;
    const placed = this.#isPlaced(shardId) ? BITS.placed : 0;
    this.#set(index, BITS.received | (isBeyond ? BITS.beyond : 0) | placed);
    this.#events.set(index, event + 1);
  }

  /** A shard without any note was not begun yet, such as the child of a shard that still has a backlog. */
  #isPlaced(shardId: string): boolean {
    if (!this.#hasPositions) return false;
    return !this.#settled.has(shardId) || this.#settled.get(shardId) !== undefined;
  }

  /** Tells the place of every event with a delivery that has no end and that dispatch has not passed. */
  tellOpen(tell: (event: number, place: OpenPlace) => void): void {
    for (let index = 0; index < this.#deliveries.size; index++) {
      const bits = this.#bits.get(index);
      const event = this.#events.get(index) - 1;
      const isOpen = bits & BITS.received && !(bits & BITS.ended) && bits & BITS.beyond;
      if (isOpen && event >= 0) tell(event, bits & BITS.placed ? 'pending' : 'unplaced');
    }
  }

  #set(index: number, bits: number): void {
    this.#bits.set(index, this.#bits.get(index) | bits);
  }
}
