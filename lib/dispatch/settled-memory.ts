import type { Fact } from '../event/fact.ts';
import { isAfter } from '../sequence-number.ts';

/** The end of a delivery, as far as this environment knows. */
export interface Settled {
  /** The newest of its records that are settled. An older one is the same record again. */
  through: string;
  /** The target has the event. False where it was parked or dead-lettered, or where only a note says that it is settled. */
  isDelivered: boolean;
}

type Entry = { confirmed: Fact } | { settled: Settled } | 'uncertain';

/**
 * What this environment knows of recent deliveries, so that a batch which Lambda delivers again sends nothing twice.
 * Bounded: the oldest are forgotten first. `confirmed` means that the target answered and the fact is not yet
 * appended; only an appended fact makes an event settled. `uncertain` means that the target may have created the item
 * although no success was seen.
 */
export class SettledMemory {
  readonly #capacity: number;
  readonly #entries = new Map<string, Entry>();

  constructor(capacity = 50_000) {
    this.#capacity = capacity;
  }

  settled(key: string): Settled | undefined {
    const entry = this.#entries.get(key);
    return entry && entry !== 'uncertain' && 'settled' in entry ? entry.settled : undefined;
  }

  /** Returns whether this very record of the delivery is settled. */
  hasSettled(key: string, sequenceNumber: string): boolean {
    const known = this.settled(key);
    return known !== undefined && !isAfter(sequenceNumber, known.through);
  }

  /** Notes that an earlier invocation settled this record; its note does not say how. */
  noteSettled(key: string, sequenceNumber: string): void {
    if (this.hasSettled(key, sequenceNumber)) return;
    const isDelivered = this.settled(key)?.isDelivered ?? false;
    this.settle(key, { through: sequenceNumber, isDelivered });
  }

  /** The fact of an outcome that is certain but not yet in the journal. */
  confirmed(key: string): Fact | undefined {
    const entry = this.#entries.get(key);
    return entry && entry !== 'uncertain' && 'confirmed' in entry ? entry.confirmed : undefined;
  }

  isUncertain(key: string): boolean {
    return this.#entries.get(key) === 'uncertain';
  }

  doubt(key: string): void {
    this.#remember(key, 'uncertain');
  }

  confirm(key: string, fact: Fact): void {
    this.#remember(key, { confirmed: fact });
  }

  settle(key: string, settled: Settled): void {
    this.#remember(key, { settled });
  }

  #remember(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size <= this.#capacity) return;
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }
}
