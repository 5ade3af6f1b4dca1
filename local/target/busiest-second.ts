import { WINDOW_MS } from './limit/limiter.ts';

/**
 * The largest number of moments that fell into any sliding second [t, t + 1 s), exactly.
 * It keeps the moments of one second only, so memory is bounded by the answer itself.
 */
export class BusiestSecond {
  #moments = new Float64Array(64);
  #oldest = 0;
  #size = 0;
  #busiest = 0;

  get count(): number {
    return this.#busiest;
  }

  /** Records a moment in milliseconds, not earlier than the one before. */
  record(nowMs: number): void {
    this.#forgetUntil(nowMs - WINDOW_MS);
    if (this.#size === this.#moments.length) this.#grow();
    this.#moments[(this.#oldest + this.#size) % this.#moments.length] = nowMs;
    this.#size += 1;
    this.#busiest = Math.max(this.#busiest, this.#size);
  }

  #forgetUntil(limitMs: number): void {
    while (this.#size > 0 && (this.#moments[this.#oldest] ?? 0) <= limitMs) {
      this.#oldest = (this.#oldest + 1) % this.#moments.length;
      this.#size -= 1;
    }
  }

  #grow(): void {
    const grown = new Float64Array(this.#moments.length * 2);
    grown.set(this.#moments.subarray(this.#oldest));
    grown.set(this.#moments.subarray(0, this.#oldest), this.#moments.length - this.#oldest);
    this.#moments = grown;
    this.#oldest = 0;
  }
}
