import type { Fact } from '../event/fact.ts';
import type { BatchRecord } from '../kinesis-batch.ts';
import { lowestSequenceNumber } from '../sequence-number.ts';
import { type Delivery, type RecordReading, readRecord } from './delivery.ts';
import type { SentBefore } from './send-record.ts';
import type { SettledMemory } from './settled-memory.ts';

/** A batch sorted by what is left to do, and the book of what is not settled yet. */
export interface Batch {
  /** In the order of the journal. */
  deliveries: Delivery[];
  /** Outcomes that are certain, and only have to be appended. */
  facts: { key: string; fact: Fact }[];
  /** Sequence numbers of records whose event was settled before. */
  repeated: string[];
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

  /** Returns the sequence numbers of the records that are settled with it. */
  settle(key: string): string[] {
    const numbers = this.#open.get(key) ?? [];
    this.#open.delete(key);
    return numbers;
  }

  /** The checkpoint: Lambda delivers this record and all after it again. */
  get lowestUnsettled(): string | undefined {
    return lowestSequenceNumber([...this.#open.values()].flat());
  }
}

/**
 * Reads every record of a batch and leaves out what `memory` knows to be done. Of two versions of one event, the second follows the
 * first: were both sent at once, a target that overwrites could keep the older one.
 *
 * @param options.sent what earlier invocations did with the records
 */
export function openBatch(
  records: BatchRecord[],
  memory: SettledMemory,
  options: { nowMs: number; sent: SentBefore; canLookUp: boolean },
): Batch {
  const { nowMs, sent } = options;
  const batch: Batch = { deliveries: [], facts: [], repeated: [], ledger: new Ledger() };
  const newest = new Map<string, Delivery>();
  for (const [index, record] of records.entries()) {
    const reading = readRecord(record, nowMs);
    if (reading.kind === 'ignore') {
      batch.repeated.push(record.sequenceNumber);
      continue;
    }
    const { key } = reading;
    if (sent.settled.has(record.sequenceNumber)) memory.settle(key);
    if (memory.isSettled(key)) {
      batch.repeated.push(record.sequenceNumber);
      continue;
    }
    const known = batch.ledger.has(key);
    batch.ledger.add(key, record.sequenceNumber);
    if (!known) sort(reading, batch, newest, memory, sent.suspect.has(record.sequenceNumber));
    if (reading.kind !== 'deliver') continue;
    reading.delivery.verify &&= options.canLookUp;
    reading.delivery.position = index;
  }
  return batch;
}

/** To be delivered, or certain already. */
function sort(
  reading: Exclude<RecordReading, { kind: 'ignore' }>,
  batch: Batch,
  newest: Map<string, Delivery>,
  memory: SettledMemory,
  isSuspect: boolean,
): void {
  const { key } = reading;
  const confirmed = memory.confirmed(key);
  if (confirmed) batch.facts.push({ key, fact: confirmed });
  else if (reading.kind === 'malformed') batch.facts.push({ key, fact: reading.fact });
  else {
    const { delivery } = reading;
    if (isSuspect) memory.doubt(key);
    if (memory.isUncertain(key)) delivery.outcomeUnknown = delivery.verify = true;
    const before = newest.get(delivery.event.id);
    newest.set(delivery.event.id, delivery);
    if (before) before.next = delivery;
    else batch.deliveries.push(delivery);
  }
}
