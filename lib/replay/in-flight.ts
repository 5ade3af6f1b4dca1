import type { Fact } from '../event/fact.ts';
import type {
  Clock,
  DispatchPositions,
  Shard,
  ShardPosition,
  StreamPosition,
  StreamReader,
} from '../ports.ts';
import { isAfter } from '../sequence-number.ts';
import { deliveryOf, readJournal } from './journal-tail.ts';

/** A record as far as its place matters. */
interface PlacedRecord {
  shardId: string;
  sequenceNumber: string;
  approximateArrivalMs: number;
}

/** Deliveries of one shard that have no end. */
export interface ShardWaiting {
  shardId: string;
  waiting: number;
  /** Age of the oldest since its record arrived, in milliseconds; 0 without any. */
  lagMs: number;
}

interface ShardInFlight {
  position: ShardPosition | undefined;
  /** Deliveries without an end, in the order of their records, with the arrival of each. */
  readonly open: Map<string, PlacedRecord>;
  /** The newest record that was not remembered for want of room. */
  unremembered: string | undefined;
}

/**
 * The deliveries that dispatch may still make: their records lie after its position in their shard, and the journal holds no end of them. The facts of each
 * shard are taken in order.
 */
export class InFlight {
  readonly #shards = new Map<string, ShardInFlight>();
  /** By delivery: the shard that has it. */
  readonly #shardOf = new Map<string, ShardInFlight>();
  /** Ends that came before their record: that is a copy on another shard. */
  readonly #ended = new Set<string>();
  readonly #most: number;

  /** @param options.most more deliveries are not remembered one by one; the lag then follows from the position */
  constructor({ most = Number.POSITIVE_INFINITY }: { most?: number } = {}) {
    this.#most = most;
  }

  /** Deliveries without an end. */
  get size(): number {
    return this.#shardOf.size;
  }

  /** Drops what dispatch has passed, whether or not it has an end. */
  setPositions(positions: readonly ShardPosition[]): void {
    for (const position of positions) {
      const shard = this.#shard(position.shardId);
      shard.position = position;
      for (const [key, { sequenceNumber }] of shard.open) {
        if (!isPassed(sequenceNumber, position)) break;
        this.#remove(key);
      }
      if (shard.unremembered !== undefined && isPassed(shard.unremembered, position))
        shard.unremembered = undefined;
    }
  }

  take(fact: Fact, record: PlacedRecord): void {
    const key = deliveryOf(fact);
    if (fact.type === 'received') this.#open(key, record, fact.mayRepeat === true);
    else if (this.#shardOf.has(key)) this.#remove(key);
    else if (this.#ended.size < this.#most) this.#ended.add(key);
  }

  /** Drops the delivery of a fact that Lambda gave up. */
  giveUp(fact: Fact): void {
    this.#remove(deliveryOf(fact));
  }

  /** Age of the oldest delivery without an end since its record arrived, in milliseconds; 0 without any. */
  lagMs(nowMs: number): number {
    return Math.max(0, ...this.shards(nowMs).map(({ lagMs }) => lagMs));
  }

  /** The shards that have been seen. */
  shards(nowMs: number): ShardWaiting[] {
    return [...this.#shards].map(([shardId, { open, unremembered, position }]) => {
      const [first] = open.values();
      const remembered = first?.approximateArrivalMs;
      const oldestMs =
        remembered ?? (unremembered === undefined ? nowMs : (position?.arrivedAtMs ?? nowMs));
      return { shardId, waiting: open.size, lagMs: Math.max(0, nowMs - oldestMs) };
    });
  }

  /** The events of these deliveries; one that has several comes several times. */
  *eventIds(): Generator<string> {
    for (const key of this.#shardOf.keys()) yield key.slice(0, key.indexOf('\n'));
  }

  #open(key: string, record: PlacedRecord, mayBeCopy: boolean): void {
    const shard = this.#shard(record.shardId);
    if (shard.position && isPassed(record.sequenceNumber, shard.position)) return;
    if (this.#shardOf.has(key) || (mayBeCopy && this.#ended.has(key))) return;
    if (this.#shardOf.size >= this.#most) {
      shard.unremembered = record.sequenceNumber;
      return;
    }
    const { shardId, sequenceNumber, approximateArrivalMs } = record;
    shard.open.set(key, { shardId, sequenceNumber, approximateArrivalMs });
    this.#shardOf.set(key, shard);
  }

  #remove(key: string): void {
    this.#shardOf.get(key)?.open.delete(key);
    this.#shardOf.delete(key);
  }

  #shard(shardId: string): ShardInFlight {
    const known = this.#shards.get(shardId);
    if (known) return known;
    const shard: ShardInFlight = { position: undefined, open: new Map(), unremembered: undefined };
    this.#shards.set(shardId, shard);
    return shard;
  }
}

const isPassed = (sequenceNumber: string, { settledThrough }: ShardPosition) =>
  settledThrough !== undefined && !isAfter(sequenceNumber, settledThrough);

/**
 * Returns the start in each shard: the position of dispatch or `sinceMs`, whichever is earlier. Without a position: the beginning of the
 * shard. Pure.
 */
export function startsOf(
  positions: readonly ShardPosition[],
  sinceMs: number,
): (shard: Shard) => StreamPosition {
  const arrived = new Map(positions.map(({ shardId, arrivedAtMs }) => [shardId, arrivedAtMs]));
  return ({ shardId }) => {
    const arrivedAtMs = arrived.get(shardId);
    if (arrivedAtMs === undefined) return { type: 'TRIM_HORIZON' };
    return { type: 'AT_TIMESTAMP', timestampMs: Math.min(arrivedAtMs, sinceMs) };
  };
}

interface InFlightOptions {
  reader: StreamReader;
  positions: DispatchPositions;
  clock: Clock;
  /** Facts since then are read, whether or not dispatch has passed them. Default: none. */
  sinceMs?: number;
  /** Reading ends at this time. Default: at the tip. */
  untilMs?: number;
  signal?: AbortSignal;
  /** Called with every fact that is read. */
  onFact?: (fact: Fact) => void;
  onProgress?: (records: number) => void;
}

/**
 * Reads from the journal what dispatch may still deliver, closed shards included.
 *
 * @throws when the journal or the positions cannot be read
 */
export async function readInFlight(
  options: InFlightOptions,
): Promise<{ inFlight: InFlight; complete: boolean }> {
  const { positions, sinceMs = Number.POSITIVE_INFINITY, onFact, ...reading } = options;
  const inFlight = new InFlight();
  const known = await positions.read();
  inFlight.setPositions(known);
  const complete = await readJournal({
    ...reading,
    startOf: startsOf(known, sinceMs),
    onFact: (fact, record) => {
      inFlight.take(fact, record);
      onFact?.(fact);
    },
  });
  return { inFlight, complete };
}
