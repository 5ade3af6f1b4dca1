import type { Clock, StreamPage, StreamReader, StreamRecord } from '../../lib/ports.ts';
import { Bell } from './bell.ts';
import type { Checkpoint, CheckpointStore, FixedPosition } from './checkpoint.ts';
import { CheckpointWriter } from './checkpoint-writer.ts';
import type { FailureDestination } from './failure-destination.ts';
import type { DataFilter } from './filter-pattern.ts';
import type { Invoke } from './invoke.ts';
import { type LaneRecord, toLaneRecord } from './kinesis-event.ts';
import { Lane, type LaneState } from './lane.ts';
import { laneOf } from './lane-hash.ts';
import type { OnMappingEvent } from './mapping-event.ts';
import type { EventSourceMappingSettings } from './settings.ts';
import { Settlement } from './settlement.ts';
import { readShard } from './shard-reading.ts';

/** What all shards of a running mapping share. */
export interface RunContext {
  settings: EventSourceMappingSettings;
  filter: DataFilter;
  reader: StreamReader;
  invoke: Invoke;
  destination: FailureDestination | undefined;
  checkpoints: CheckpointStore;
  clock: Clock;
  random: () => number;
  newUuid: () => string;
  onEvent: OnMappingEvent;
  stop: AbortSignal;
}

export interface ShardProgress {
  lanes: LaneState[];
  checkpoint: Checkpoint;
  /** How far the last read was behind the tip of the shard. */
  millisBehindLatest: number;
  /** Age of the oldest record read and not yet settled; 0 when there is none. */
  iteratorAgeMs: number;
}

/** One shard while it is read: one reader, and a lane per parallel batch. */
export class ShardRun {
  readonly shardId: string;
  readonly #context: RunContext;
  readonly #settlement: Settlement;
  readonly #writer: CheckpointWriter;
  readonly #lanes: Lane[];
  readonly #room = new Bell();
  #savedPosition: FixedPosition;
  #millisBehindLatest = 0;

  constructor(shardId: string, start: FixedPosition, context: RunContext) {
    this.shardId = shardId;
    this.#context = context;
    this.#savedPosition = start;
    this.#settlement = new Settlement(start);
    this.#writer = new CheckpointWriter({ ...context, shardId, store: context.checkpoints });
    const onSettled = (records: readonly LaneRecord[]) => this.#settle(records);
    this.#lanes = Array.from(
      { length: context.settings.parallelizationFactor },
      (_, lane) => new Lane({ ...context, shardId, lane, onSettled }, () => this.#room.ring()),
    );
  }

  get progress(): ShardProgress {
    const oldestMs = this.#settlement.oldestArrivalMs;
    return {
      lanes: this.#lanes.map((lane) => lane.state),
      checkpoint: { state: 'reading', position: this.#settlement.settledPosition },
      millisBehindLatest: this.#millisBehindLatest,
      iteratorAgeMs: oldestMs === undefined ? 0 : Math.max(0, this.#context.clock.now() - oldestMs),
    };
  }

  /**
   * Resolves with true when the shard is closed, all its records are settled and that is saved; with
   * false when it was stopped, its lanes are idle and its checkpoint is saved.
   */
  async run(): Promise<boolean> {
    const { stop } = this.#context;
    const wakeAll = () => this.#wakeAll();
    stop.addEventListener('abort', wakeAll, { once: true });
    void this.#read();
    await Promise.all(this.#lanes.map((lane) => lane.run()));
    stop.removeEventListener('abort', wakeAll);
    const drained = !stop.aborted;
    if (drained) this.#writer.update({ state: 'finished' });
    await this.#writer.flush();
    return drained;
  }

  /** Is not waited for when stopping: a read that hangs holds nothing in hand. */
  async #read(): Promise<void> {
    const { reader, settings, clock, random, stop, onEvent } = this.#context;
    const ended = await readShard({
      shardId: this.shardId,
      reader,
      limit: readLimit(settings),
      pollIntervalMs: settings.pollIntervalMs ?? 100,
      clock,
      random,
      stop,
      onEvent,
      position: () => this.#settlement.readPosition,
      hasRoom: () => this.#lanes.every((lane) => !lane.buffer.full),
      room: this.#room,
      onPage: (page) => this.#takePage(page),
    });
    if (ended) for (const lane of this.#lanes) lane.buffer.end();
  }

  /** Sorts the whole page before it changes anything, so that a page that throws can be read again. */
  #takePage(page: StreamPage): void {
    const nowMs = this.#context.clock.now();
    const sorted = page.records.map((record) => ({
      record,
      wanted: this.#laneRecord(record, nowMs),
    }));
    const perLane: LaneRecord[][] = this.#lanes.map(() => []);
    for (const { record, wanted } of sorted) {
      if (wanted) {
        this.#settlement.expect(record.sequenceNumber, record.approximateArrivalMs);
        perLane[laneOf(record.partitionKey, this.#lanes.length)]?.push(wanted);
      } else this.#settlement.skip(record.sequenceNumber);
    }
    this.#millisBehindLatest = page.millisBehindLatest;
    this.#saveProgress();
    for (const [index, lane] of this.#lanes.entries()) lane.buffer.push(perLane[index] ?? []);
  }

  /** Undefined for a record that is not to be delivered. */
  #laneRecord(record: StreamRecord, nowMs: number): LaneRecord | undefined {
    const { filter, settings } = this.#context;
    if (!filter(record.data)) return undefined;
    return toLaneRecord(record, settings, nowMs);
  }

  #settle(records: readonly LaneRecord[]): void {
    for (const record of records) this.#settlement.settle(record.sequenceNumber);
    this.#saveProgress();
  }

  #saveProgress(): void {
    const position = this.#settlement.settledPosition;
    if (position === this.#savedPosition) return;
    this.#savedPosition = position;
    this.#writer.update({ state: 'reading', position });
  }

  #wakeAll(): void {
    this.#room.ring();
    for (const lane of this.#lanes) lane.buffer.changed.ring();
  }
}

/** Enough for every lane's next batch; 10,000 is what `GetRecords` allows. */
function readLimit(settings: EventSourceMappingSettings): number {
  return Math.min(10_000, Math.max(100, settings.batchSize * settings.parallelizationFactor));
}
