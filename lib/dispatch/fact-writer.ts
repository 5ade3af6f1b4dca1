import type { Fact } from '../event/fact.ts';
import type { Clock, Journal } from '../ports.ts';

interface Waiting {
  fact: Fact;
  appended: () => void;
}

/** When a group of facts is appended: at so many, or when the first of them has waited so long. */
const GROUP = { facts: 200, waitMs: 500 };

/**
 * Appends the facts of a batch in groups while the batch is still being delivered, so that little is left to append
 * when it ends. A fact that the journal does not take is reported by `failed`, and its `appended` is never called.
 */
export class FactWriter {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #untilMs: number;
  #waiting: Waiting[] = [];
  #oldestAtMs = 0;
  #appending: Promise<void> = Promise.resolve();
  #failed: Fact[] = [];

  /** @param untilMs no append is tried after this */
  constructor(journal: Journal, clock: Clock, untilMs: number) {
    this.#journal = journal;
    this.#clock = clock;
    this.#untilMs = untilMs;
  }

  /** Facts that could not be appended so far. */
  get failed(): readonly Fact[] {
    return this.#failed;
  }

  /** When {@link appendDue} has something to do; `Infinity` while nothing waits. */
  get dueAtMs(): number {
    return this.#waiting.length === 0 ? Number.POSITIVE_INFINITY : this.#oldestAtMs + GROUP.waitMs;
  }

  write(fact: Fact, appended: () => void): void {
    if (this.#waiting.length === 0) this.#oldestAtMs = this.#clock.now();
    this.#waiting.push({ fact, appended });
    if (this.#waiting.length >= GROUP.facts) this.#appendWaiting();
  }

  /** Begins to append what has waited long enough. */
  appendDue(): void {
    if (this.#clock.now() >= this.dueAtMs) this.#appendWaiting();
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
    const facts = group.map(({ fact }) => fact);
    // Whatever goes wrong here, the batch goes on: what is not appended is delivered again.
    const refused = await this.#journal.appendAll(facts, this.#untilMs).catch(() => facts);
    const failed = new Set(refused);
    for (const { fact, appended } of group) {
      if (failed.has(fact)) this.#failed.push(fact);
      else appended();
    }
  }
}
