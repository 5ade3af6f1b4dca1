import { maximumPayloadBytes } from './batch-closing.ts';
import { Bell } from './bell.ts';
import type { LaneRecord } from './kinesis-event.ts';

/** How much is read ahead of a lane's running invocation. */
const batchesAhead = 2;

/** The records read for one lane and not yet taken into a batch. */
export class LaneBuffer {
  /** Rings when there is something new to decide on. */
  readonly changed = new Bell();
  #records: LaneRecord[] = [];
  #bytes = 0;
  #ended = false;
  readonly #batchSize: number;

  constructor(batchSize: number) {
    this.#batchSize = batchSize;
  }

  get pending(): readonly LaneRecord[] {
    return this.#records;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Two batches' worth, in records or in bytes, are waiting. */
  get full(): boolean {
    return (
      this.#records.length >= batchesAhead * this.#batchSize ||
      this.#bytes >= batchesAhead * maximumPayloadBytes
    );
  }

  push(records: readonly LaneRecord[]): void {
    if (records.length === 0) return;
    for (const record of records) {
      this.#records.push(record);
      this.#bytes += record.bytes;
    }
    this.changed.ring();
  }

  /** No record will follow. */
  end(): void {
    this.#ended = true;
    this.changed.ring();
  }

  take(count: number): LaneRecord[] {
    const taken = this.#records.splice(0, count);
    for (const record of taken) this.#bytes -= record.bytes;
    return taken;
  }
}
