import { messageOf } from '../errors.ts';
import type { Clock } from '../ports.ts';

/** A value that is this many times older than it should be is not shown if it can be helped. */
const STALE = 3;

const WAIT_MS = 2000;

/** A value that is read again when it is asked for and older than some time. */
export class RefreshedValue<Value> {
  readonly #read: () => Promise<Value>;
  readonly #everyMs: number;
  readonly #clock: Clock;
  #value: Value | undefined;
  #problem: string | undefined;
  /** Start of the last reading that has ended. */
  #readMs = Number.NEGATIVE_INFINITY;
  #expiredMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(read: () => Promise<Value>, everyMs: number, clock: Clock) {
    this.#read = read;
    this.#everyMs = everyMs;
    this.#clock = clock;
  }

  /**
   * The last value; begins to read it again if it is too old. Waits for the first one, and for at most two seconds where the last one is much too old, as after a
   * time without readers. Never rejects.
   */
  async get(): Promise<Value | undefined> {
    const ageMs = this.#clock.now() - this.#readMs;
    const isExpired = this.#readMs <= this.#expiredMs;
    if (!this.#reading && (isExpired || ageMs >= this.#everyMs)) this.#reading = this.#refresh();
    if (this.#value === undefined && this.#problem === undefined) await this.#reading;
    else if (isExpired || ageMs > STALE * this.#everyMs) {
      const over = new AbortController();
      await Promise.race([this.#reading, this.#clock.sleep(WAIT_MS, over.signal)]);
      over.abort('read');
    }
    return this.#value;
  }

  /** The reason why the last reading failed; `undefined` if it did not. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** The next {@link get} reads it again; a reading that has begun before counts as old. */
  expire(): void {
    this.#expiredMs = this.#clock.now();
  }

  async #refresh(): Promise<void> {
    const startedMs = this.#clock.now();
    try {
      this.#value = await this.#read();
      this.#problem = undefined;
    } catch (error) {
      this.#problem = messageOf(error) || (error as Error).name;
    }
    this.#readMs = startedMs;
    this.#reading = undefined;
  }
}
