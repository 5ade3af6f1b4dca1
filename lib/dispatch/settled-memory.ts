import type { Fact, Replay } from '../event/fact.ts';

/** Identifies one delivery: an event, and the replay run it belongs to, so that memory never blocks a replay. */
export function deliveryKey(eventId: string, replay: Replay | undefined): string {
  return `${eventId}\n${replay?.runId ?? ''}`;
}

/**
 * What this environment knows of recent deliveries, so that a batch which Lambda delivers again sends nothing twice.
 * Bounded: the oldest are forgotten first. `confirmed` means that the target answered and the fact is not yet
 * appended; only an appended fact makes an event settled. `uncertain` means that the target may have created the item
 * although no success was seen.
 */
export class SettledMemory {
  readonly #capacity: number;
  readonly #entries = new Map<string, Fact | 'settled' | 'uncertain'>();

  constructor(capacity = 50_000) {
    this.#capacity = capacity;
  }

  isSettled(key: string): boolean {
    return this.#entries.get(key) === 'settled';
  }

  /** The fact of an outcome that is certain but not yet in the journal. */
  confirmed(key: string): Fact | undefined {
    const entry = this.#entries.get(key);
    return typeof entry === 'object' ? entry : undefined;
  }

  isUncertain(key: string): boolean {
    return this.#entries.get(key) === 'uncertain';
  }

  doubt(key: string): void {
    this.#remember(key, 'uncertain');
  }

  confirm(key: string, fact: Fact): void {
    this.#remember(key, fact);
  }

  settle(key: string): void {
    this.#remember(key, 'settled');
  }

  #remember(key: string, entry: Fact | 'settled' | 'uncertain'): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size <= this.#capacity) return;
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }
}
