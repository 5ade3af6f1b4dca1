import type { StreamPage, StreamReader, StreamRecord } from '../../lib/ports.ts';
import { Bell } from '../bell.ts';
import type { DeliveryContext } from './batch-delivery.ts';
import {
  type CheckpointStore,
  CheckpointWriter,
  type FixedPosition,
  Settlement,
} from './checkpoint.ts';
import type { DataFilter } from './filter-pattern.ts';
import { type LaneRecord, toLaneRecord } from './kinesis-event.ts';
import { Lane, laneOf } from './lane.ts';
import { retryBackoffMs } from './retrying.ts';
import type { EventSourceMappingSettings } from './settings.ts';

/** What all shards of a running mapping share. */
export interface RunContext extends Omit<DeliveryContext, 'shardId' | 'lane' | 'onSettled'> {
  filter: DataFilter;
  reader: StreamReader;
  checkpoints: CheckpointStore;
}

/** One shard while it is read: one reader, and a lane per parallel batch. */
export class ShardRun {
  readonly #shardId: string;
  readonly #context: RunContext;
  readonly #settlement: Settlement;
  readonly #writer: CheckpointWriter;
  readonly #lanes: Lane[];
  /** Rings when a lane may have room for more records, and when stopping. */
  readonly #room = new Bell();
  #savedPosition: FixedPosition;

  constructor(shardId: string, start: FixedPosition, context: RunContext) {
    this.#shardId = shardId;
    this.#context = context;
    this.#savedPosition = start;
    this.#settlement = new Settlement(start);
    this.#writer = new CheckpointWriter(shardId, context);
    const onSettled = (records: readonly LaneRecord[]) => this.#settle(records);
    this.#lanes = Array.from(
      { length: context.settings.parallelizationFactor },
      (_, lane) => new Lane({ ...context, shardId, lane, onSettled }, () => this.#room.ring()),
    );
  }

  /**
   * Resolves with true when the shard is closed, all its records are settled and that is saved; with
   * false when it was stopped, its lanes are idle and its checkpoint is saved.
   */
  async run(): Promise<boolean> {
    const { stop } = this.#context;
    const wakeAll = () => this.#wakeAll();
    stop.addEventListener('abort', wakeAll, { once: true });
    // Not waited for when stopping: a read that hangs has no records to settle.
    void this.#read();
    await Promise.all(this.#lanes.map((lane) => lane.run()));
    stop.removeEventListener('abort', wakeAll);
    const drained = !stop.aborted;
    if (drained) this.#writer.update({ state: 'finished' });
    await this.#writer.flush();
    return drained;
  }

  /**
   * Reads the shard until its end or a stop, ahead of the delivery but no further than there is room. A failed read is tried
   * again with backoff; every failure reopens the iterator after the last record taken, so an expired one costs nothing.
   */
  async #read(): Promise<void> {
    const { reader, settings, clock, stop } = this.#context;
    const limit = readLimit(settings);
    let iterator: string | undefined;
    let failures = 0;
    while (!stop.aborted) {
      if (this.#lanes.some((lane) => lane.buffer.full)) {
        await this.#room.heard();
        continue;
      }
      try {
        iterator ??= await reader.open(this.#shardId, this.#settlement.readPosition);
        const page = await reader.read(iterator, limit, stop);
        if (stop.aborted) return;
        this.#takePage(page);
        if (page.nextIterator === undefined) return this.#end();
        iterator = page.nextIterator;
        failures = 0;
        if (isCaughtUp(page, limit)) await clock.sleep(settings.pollIntervalMs ?? 250, stop);
      } catch (error) {
        if (stop.aborted) return;
        iterator = undefined;
        await this.#recover(error, failures);
        failures += 1;
      }
    }
  }

  #end(): void {
    for (const lane of this.#lanes) lane.buffer.end();
  }

  async #recover(error: unknown, failures: number): Promise<void> {
    const { clock, random, stop, onEvent } = this.#context;
    const shardId = this.#shardId;
    const expired = error instanceof Error && error.name === 'ExpiredIteratorException';
    if (expired) onEvent({ type: 'iteratorExpired', shardId });
    else onEvent({ type: 'readFailed', shardId, error });
    if (expired && failures === 0) return;
    await clock.sleep(retryBackoffMs(failures + 1, random), stop);
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
        this.#settlement.expect(record.sequenceNumber);
        perLane[laneOf(record.partitionKey, this.#lanes.length)]?.push(wanted);
      } else this.#settlement.skip(record.sequenceNumber);
    }
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

/** A full page, or one behind the tip, is followed at once; so a quiet shard costs one read per interval. */
function isCaughtUp(page: StreamPage, limit: number): boolean {
  if (page.records.length === 0) return true;
  return page.records.length < limit && page.millisBehindLatest === 0;
}
