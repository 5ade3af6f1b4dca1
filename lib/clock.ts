import type { Clock } from './ports.ts';

/** The machine's own clock and timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, work) {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
  // Not `node:timers/promises`: an abort there makes a DOMException with its stack trace each time, and lanes are woken often.
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const timer = setTimeout(done, ms);
      function done(): void {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      }
      signal?.addEventListener('abort', done, { once: true });
    }),
};

/** Waits for a moment or for news, whichever is first. */
export class Waiter {
  readonly #clock: Clock;
  #alarm = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  waitUntil(ms: number): Promise<void> {
    return this.#clock.sleep(Math.max(0, ms - this.#clock.now()), this.#alarm.signal);
  }

  wake(): void {
    // A reason of our own spares the DOMException that `abort()` would make.
    this.#alarm.abort('woken');
    this.#alarm = new AbortController();
  }
}
