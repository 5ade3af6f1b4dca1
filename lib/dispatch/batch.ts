import type { Fact } from '../event/fact.ts';
import type { BatchRecord } from '../kinesis-batch.ts';
import { lowestSequenceNumber } from '../sequence-number.ts';
import { type Delivery, type RecordReading, readRecord } from './delivery.ts';
import { deliveredFact } from './facts.ts';
import type { SentBefore } from './send-record.ts';
import type { SettledMemory } from './settled-memory.ts';

/** A batch sorted by what is left to do, and the book of what is not settled yet. */
export interface Batch {
  /** In the order of the journal. */
  deliveries: Delivery[];
  /** Outcomes that are certain, and only have to be appended: every record has an end in the journal, that of a repeated id too. */
  facts: { key: string; fact: Fact }[];
  /** Sequence numbers of records that were settled before, and of those that hold no event. */
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
 * Reads every record of a batch and leaves out what `memory` knows to be done. A new record of an event that is delivered already, which the source sent
 * twice, gets a `delivered` fact and no call; one of an event that ended otherwise is looked up and sent. Of two versions of one event, the second follows the
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
    const { sequenceNumber } = record;
    if (reading.kind !== 'ignore' && sent.settled.has(sequenceNumber))
      memory.noteSettled(reading.key, sequenceNumber);
    if (reading.kind === 'ignore' || memory.hasSettled(reading.key, sequenceNumber)) {
      batch.repeated.push(sequenceNumber);
      continue;
    }
    const { key } = reading;
    const known = batch.ledger.has(key);
    batch.ledger.add(key, sequenceNumber);
    const isSuspect = sent.suspect.has(sequenceNumber);
    if (!known) sort(reading, batch, newest, memory, { isSuspect, nowMs });
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
  { isSuspect, nowMs }: { isSuspect: boolean; nowMs: number },
): void {
  const { key } = reading;
  const confirmed = memory.confirmed(key);
  const ended = memory.settled(key);
  if (confirmed) batch.facts.push({ key, fact: confirmed });
  else if (reading.kind === 'malformed') batch.facts.push({ key, fact: reading.fact });
  else if (ended?.isDelivered)
    batch.facts.push({ key, fact: deliveredFact(reading.delivery, true, nowMs) });
  else {
    const { delivery } = reading;
    if (ended) delivery.verify = true;
    if (isSuspect) memory.doubt(key);
    if (memory.isUncertain(key)) delivery.outcomeUnknown = delivery.verify = true;
    const before = newest.get(delivery.event.id);
    newest.set(delivery.event.id, delivery);
    if (before) before.next = delivery;
    else batch.deliveries.push(delivery);
  }
}
