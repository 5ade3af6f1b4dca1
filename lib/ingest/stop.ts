import type { Clock } from '../ports.ts';

/**
 * Says once that something is no longer needed. An `AbortSignal` would do, but its events cost more than all else that is done for
 * an event.
 */
export class Stop {
  #stopped = false;
  readonly #listeners = new Set<() => void>();

  get stopped(): boolean {
    return this.#stopped;
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  /** Calls `listener` when it stops; answers what forgets it. */
  onStop(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves after `ms`, or as soon as it stops. */
  sleep(ms: number, clock: Pick<Clock, 'after'>): Promise<void> {
    if (this.#stopped || ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const forget = this.onStop(() => {
        cancel();
        resolve();
      });
      const cancel = clock.after(ms, () => {
        forget();
        resolve();
      });
    });
  }
}
