import type { Clock } from '../ports.ts';

/** Waits for a moment or for news, whichever is first. */
export interface Waiter {
  waitUntil(ms: number): Promise<void>;
  wake(): void;
}

export function createWaiter(clock: Clock): Waiter {
  let alarm = new AbortController();
  return {
    waitUntil: (ms) => clock.sleep(Math.max(0, ms - clock.now()), alarm.signal),
    wake() {
      // A reason of our own spares the DOMException that `abort()` would make.
      alarm.abort('woken');
      alarm = new AbortController();
    },
  };
}
