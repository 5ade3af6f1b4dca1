import type { Fact } from '../event/fact.ts';
import type { BatchRecord } from '../kinesis-batch.ts';
import { lowestSequenceNumber } from '../sequence-number.ts';
import { type Delivery, type Reading, readRecord } from './delivery.ts';
import type { SettledMemory } from './settled-memory.ts';

/** A batch sorted by what is left to do, and the book of what is not settled yet. */
export interface Batch {
  deliveries: Delivery[];
  /** Outcomes that are certain, and only have to be appended. */
  facts: { key: string; fact: Fact }[];
  /** Records whose event this environment has settled before. */
  repeated: number;
  ledger: Ledger;
}

/** Which records of a batch are unsettled; a delivery may stand for several records with the same event. */
export class Ledger {
  readonly #open = new Map<string, string[]>();

  add(key: string, sequenceNumber: string): void {
    const numbers = this.#open.get(key);
    if (numbers) numbers.push(sequenceNumber);
    else this.#open.set(key, [sequenceNumber]);
  }

  has(key: string): boolean {
    return this.#open.has(key);
  }

  settle(key: string): void {
    this.#open.delete(key);
  }

  get isSettled(): boolean {
    return this.#open.size === 0;
  }

  /** The checkpoint: Lambda delivers this record and all after it again. */
  get lowestUnsettled(): string | undefined {
    return lowestSequenceNumber([...this.#open.values()].flat());
  }
}

/** Reads every record of a batch and leaves out what `memory` knows to be done. */
export function openBatch(
  records: BatchRecord[],
  memory: SettledMemory,
  options: {
    brand: string;
    nowMs: number;
    /** Sequence numbers of records that a crashed environment may have sent. */
    suspects: ReadonlySet<string>;
  },
): Batch {
  const { brand, nowMs, suspects } = options;
  const batch: Batch = { deliveries: [], facts: [], repeated: 0, ledger: new Ledger() };
  for (const record of records) {
    const reading = readRecord(record, brand, nowMs);
    if (reading.kind === 'ignore') continue;
    const { key } = reading;
    if (memory.isSettled(key)) {
      batch.repeated += 1;
      continue;
    }
    const known = batch.ledger.has(key);
    batch.ledger.add(key, record.sequenceNumber);
    if (known) continue;
    addTo(batch, reading, memory, suspects.has(record.sequenceNumber));
  }
  return batch;
}

/** Sorts what was read: to be delivered, or certain already. */
function addTo(
  batch: Batch,
  reading: Exclude<Reading, { kind: 'ignore' }>,
  memory: SettledMemory,
  isSuspect: boolean,
): void {
  const { key } = reading;
  const confirmed = memory.confirmed(key);
  if (confirmed) batch.facts.push({ key, fact: confirmed });
  else if (reading.kind === 'malformed') batch.facts.push({ key, fact: reading.fact });
  else {
    if (isSuspect) memory.doubt(key);
    if (memory.isUncertain(key)) reading.delivery.verify = true;
    batch.deliveries.push(reading.delivery);
  }
}
