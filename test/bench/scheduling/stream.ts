import { encodeFact } from '../../../lib/event/encode.ts';
import type { ReceivedFact } from '../../../lib/event/fact.ts';
import type { BatchRecord } from '../../../lib/kinesis-batch.ts';
import type { Shard } from '../../../lib/ports.ts';
import { laneOf } from '../../../local/event-source-mapping/lane.ts';
import type { Random } from '../../../local/target/gate.ts';
import { receivedFact } from '../../support/sample-facts.ts';
import type { Setup, ShardSetup } from './setup.ts';
import type { VirtualTime } from './virtual-time.ts';

/** The journal's stream: what waits in each lane of each shard, and the producers that fill it. */
export class Stream {
  readonly shards: Shard[];
  /** Ids of all events, in the order of their arrival. */
  readonly ids: string[] = [];
  /** Records appended so far: events, and those that return from parking. */
  appended = 0;
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #weights: number[];
  readonly #queues: BatchRecord[][][];

  constructor(time: VirtualTime, random: Random, { parallelizationFactor, shards }: Setup) {
    this.#time = time;
    this.#random = random;
    this.shards = shards.map((shard, index) => shardOf(shard, index, shards));
    this.#weights = shards.map(({ weight }) => weight);
    this.#queues = shards.map(() => Array.from({ length: parallelizationFactor }, () => []));
  }

  /** The records that wait in a lane, oldest first. */
  queueOf(shard: Shard, lane: number): BatchRecord[] {
    return this.#queues[this.shards.indexOf(shard)]?.[lane] ?? [];
  }

  /** All of the events wait at the start, or arrive at random moments (a Poisson process of exactly so many events). */
  fill({ events, loadPerSecond }: Pick<Setup, 'events' | 'loadPerSecond'>): void {
    const durationMs = loadPerSecond ? (events / loadPerSecond) * 1000 : 0;
    const arrivals = Array.from({ length: events }, () => this.#random() * durationMs);
    arrivals.sort((a, b) => a - b);
    for (const arrivalMs of arrivals) this.#time.after(arrivalMs, () => this.#appendNew());
  }

  /** Appends a fact that returns from parking, once it is due. */
  appendAt(fact: ReceivedFact, dueMs: number): void {
    this.#time.after(dueMs - this.#time.nowMs, () => {
      const open = this.shards.flatMap(({ closed }, index) => (closed ? [] : [index]));
      this.#append(fact, open[Math.floor(this.#random() * open.length)] ?? 0);
    });
  }

  #appendNew(): void {
    const id = `event-${this.ids.length}`;
    this.ids.push(id);
    this.#append(receivedFact({ eventId: id }), this.#drawShard());
  }

  #append(fact: ReceivedFact, shard: number): void {
    const queues = this.#queues[shard] ?? [];
    this.appended += 1;
    queues[laneOf(fact.eventId, queues.length)]?.push({
      sequenceNumber: String(this.appended),
      partitionKey: fact.eventId,
      data: encodeFact(fact),
      arrivedAtMs: this.#time.nowMs,
    });
  }

  #drawShard(): number {
    const sum = this.#weights.reduce((total, weight) => total + weight, 0);
    let left = this.#random() * sum;
    return this.#weights.findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
  }
}

function shardOf({ parents }: ShardSetup, index: number, all: ShardSetup[]): Shard {
  return {
    shardId: shardIdOf(index),
    parentShardIds: parents.map(shardIdOf),
    closed: all.some((other) => other.parents.includes(index)),
  };
}

export const shardIdOf = (index: number): string => `shardId-${String(index).padStart(12, '0')}`;
