import type { Fact } from '../event/fact.ts';
import type { Clock, Journal } from '../ports.ts';

interface Waiting {
  fact: Fact;
  appended: () => void;
}

/**
 * Appends the facts of a batch in groups while the batch is still being delivered, so that little is left to append
 * when it ends. A fact that the journal does not take is reported by `failed`, and its `appended` is never called.
 */
export class FactWriter {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #group: { facts: number; waitMs: number };
  #waiting: Waiting[] = [];
  #oldestAtMs = 0;
  #appending: Promise<void> = Promise.resolve();
  #failed: Fact[] = [];

  constructor(journal: Journal, clock: Clock, group = { facts: 200, waitMs: 500 }) {
    this.#journal = journal;
    this.#clock = clock;
    this.#group = group;
  }

  /** Facts that could not be appended so far. */
  get failed(): readonly Fact[] {
    return this.#failed;
  }

  write(fact: Fact, appended: () => void): void {
    if (this.#waiting.length === 0) this.#oldestAtMs = this.#clock.now();
    this.#waiting.push({ fact, appended });
    const due = this.#clock.now() - this.#oldestAtMs >= this.#group.waitMs;
    if (due || this.#waiting.length >= this.#group.facts) this.#appendWaiting();
  }

  /** Resolves when every fact written so far is appended or has failed. */
  async flush(): Promise<void> {
    this.#appendWaiting();
    await this.#appending;
  }

  #appendWaiting(): void {
    const group = this.#waiting;
    if (group.length === 0) return;
    this.#waiting = [];
    this.#appending = this.#appending.then(() => this.#append(group));
  }

  async #append(group: Waiting[]): Promise<void> {
    const failed = new Set(await this.#journal.appendAll(group.map(({ fact }) => fact)));
    for (const { fact, appended } of group) {
      if (failed.has(fact)) this.#failed.push(fact);
      else appended();
    }
  }
}
