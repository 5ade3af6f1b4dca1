import type { Clock } from '../lib/ports.ts';

/** Wakes those who wait for a change. To miss none, look and then wait in the same turn, or note `count`, look, and call `heardSince`. */
export class Bell {
  #count = 0;
  #waiting: (() => void)[] = [];

  /** Rings so far. */
  get count(): number {
    return this.#count;
  }

  ring(): void {
    this.#count += 1;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Resolves at the next ring. */
  heard(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves at once if it rang since it had rung `count` times, else at the next ring or after `ms`. */
  async heardSince(count: number, ms: number, clock: Clock): Promise<void> {
    if (this.#count === count) await this.heardWithin(ms, clock);
  }

  /** Resolves at the next ring, or after `ms`. */
  async heardWithin(ms: number, clock: Clock): Promise<void> {
    const timer = new AbortController();
    await Promise.race([this.heard(), clock.sleep(ms, timer.signal)]);
    timer.abort('heard');
  }
}
