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

  /** Resolves at once if it rang since it had rung `count` times, else at the next ring, after `ms` or when `signal` aborts. */
  async heardSince(count: number, ms: number, clock: Clock, signal?: AbortSignal): Promise<void> {
    if (this.#count === count) await this.heardWithin(ms, clock, signal);
  }

  /** Resolves at the next ring, after `ms` or when `signal` aborts. */
  async heardWithin(ms: number, clock: Clock, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    const timer = new AbortController();
    const end = () => timer.abort('over');
    signal?.addEventListener('abort', end, { once: true });
    await Promise.race([this.heard(), clock.sleep(ms, timer.signal)]);
    signal?.removeEventListener('abort', end);
    end();
  }
}
