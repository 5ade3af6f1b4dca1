import type { Clock } from '../../lib/ports.ts';

/** Wakes those who wait for a change. Ringing is not remembered: look first, then wait, in one go. */
export class Bell {
  #waiting: (() => void)[] = [];

  ring(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Resolves at the next ring. */
  heard(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves at the next ring, or after `ms`. */
  async heardWithin(ms: number, clock: Clock): Promise<void> {
    const timer = new AbortController();
    await Promise.race([this.heard(), clock.sleep(ms, timer.signal)]);
    timer.abort('heard');
  }
}
