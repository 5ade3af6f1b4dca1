import type { Fact } from '../event/fact.ts';
import type { BatchRecord } from '../kinesis-batch.ts';
import { lowestSequenceNumber } from '../sequence-number.ts';
import { type Delivery, type RecordReading, readRecord } from './delivery.ts';
import type { SettledMemory } from './settled-memory.ts';

/** A batch sorted by what is left to do, and the book of what is not settled yet. */
export interface Batch {
  /** In the order of the journal. */
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

  /** The checkpoint: Lambda delivers this record and all after it again. */
  get lowestUnsettled(): string | undefined {
    return lowestSequenceNumber([...this.#open.values()].flat());
  }
}

/**
 * Reads every record of a batch and leaves out what `memory` knows to be done. Of two versions of one event, the second follows the
 * first: were both sent at once, a target that overwrites could keep the older one.
 *
 * @param options.suspects sequence numbers of records that a crashed environment may have sent
 */
export function openBatch(
  records: BatchRecord[],
  memory: SettledMemory,
  options: { nowMs: number; suspects: ReadonlySet<string>; canLookUp: boolean },
): Batch {
  const { nowMs, suspects } = options;
  const batch: Batch = { deliveries: [], facts: [], repeated: 0, ledger: new Ledger() };
  const newest = new Map<string, Delivery>();
  for (const record of records) {
    const reading = readRecord(record, nowMs);
    if (reading.kind === 'ignore') continue;
    const { key } = reading;
    if (memory.isSettled(key)) {
      batch.repeated += 1;
      continue;
    }
    const known = batch.ledger.has(key);
    batch.ledger.add(key, record.sequenceNumber);
    if (!known) sort(reading, batch, newest, memory, suspects.has(record.sequenceNumber));
    if (reading.kind === 'deliver') reading.delivery.verify &&= options.canLookUp;
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
