import type { Clock } from '../../../lib/ports.ts';
import type { Random } from '../../../local/target/gate.ts';
import type { EventOwner, OwnedEvent, VirtualTime } from './virtual-time.ts';

/** Timers fire up to this much late (Node 22 on an idle processor, measured). */
const LATEST_TIMER_MS = 1.2;

/** The clock and the timers of one environment: they tick in whole milliseconds, as Node's do. */
export class EnvironmentClock implements Clock {
  readonly #time: VirtualTime;
  readonly #owner: EventOwner;
  readonly #offsetMs: number;
  readonly #random: Random;

  /** @param offsetMs difference of this clock to the true time */
  constructor(time: VirtualTime, owner: EventOwner, offsetMs: number, random: Random) {
    this.#time = time;
    this.#owner = owner;
    this.#offsetMs = offsetMs;
    this.#random = random;
  }

  now(): number {
    return Math.floor(this.#time.nowMs + this.#offsetMs);
  }

  /** Starts a timer as `setTimeout` does. */
  startTimer(ms: number, work: () => void): OwnedEvent {
    const wholeMs = Math.max(1, Math.trunc(ms));
    return this.#time.after(wholeMs + this.#random() * LATEST_TIMER_MS, work, this.#owner);
  }

  after(ms: number, work: () => void): () => void {
    const timer = this.startTimer(ms, work);
    return () => {
      timer.isCancelled = true;
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.startTimer(ms, done);
      function done(): void {
        timer.isCancelled = true;
        signal?.removeEventListener('abort', done);
        resolve();
      }
      signal?.addEventListener('abort', done, { once: true });
    });
  }
}
