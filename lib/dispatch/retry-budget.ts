/**
 * Bounds what events that keep failing cost the others while a backlog waits: quick retries that fail may be at most this share of the
 * deliveries. Each costs up to two calls, a lookup and a creation: with 20 hopeless events among 1,200, and others that return from parking,
 * the rest keeps 95 % of the rate (`steady-rate.test.ts`; 94.4 % with twice this share). A retry that succeeds costs nothing, so that random
 * failures hardly use the budget up.
 */
const SHARE = 0.005;

/** Failing retries allowed at once, after a rest. */
const BURST = 10;

export class RetryBudget {
  #left = BURST;

  get isLeft(): boolean {
    return this.#left >= 1;
  }

  delivered(): void {
    this.#left = Math.min(BURST, this.#left + SHARE);
  }

  retryFailed(): void {
    this.#left = Math.max(0, this.#left - 1);
  }
}
