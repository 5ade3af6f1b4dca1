import type { Clock } from '../../lib/ports.ts';

/** Keeps results for a time; when it is full the oldest goes. */
export class ResultCache<T> {
  #ttlMs: number;
  #maxEntries: number;
  #clock: Pick<Clock, 'now'>;
  /** Oldest first, since a key is removed before it is set again. */
  #entries = new Map<string, { value: T; expiresAtMs: number }>();

  constructor(ttlMs: number, maxEntries: number, clock: Pick<Clock, 'now'>) {
    this.#ttlMs = ttlMs;
    this.#maxEntries = maxEntries;
    this.#clock = clock;
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry && entry.expiresAtMs > this.#clock.now()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: string, value: T): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, expiresAtMs: this.#clock.now() + this.#ttlMs });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#maxEntries && oldest !== undefined) this.#entries.delete(oldest);
  }
}
