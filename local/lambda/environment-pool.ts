import type { Environment } from './environment.ts';

export interface Lease {
  environment: Environment;
  /** The environment was started for this lease and may not be ready yet. */
  cold: boolean;
}

interface PoolOptions {
  maxEnvironments: number;
  /** The longest that a lease waits when every environment is busy; `Infinity` for no limit. */
  maxWaitMs: number;
  /** The most leases that wait at once, for each environment; no limit unless given. */
  maxWaitingEach?: number | undefined;
  /** Chooses among idle environments, 0 to 1, as Lambda may give any; absent: the one used last. */
  random?: (() => number) | undefined;
  start(): Environment;
}

interface Waiting {
  resolve: (lease: Lease | 'full' | 'closed') => void;
  sinceMs: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Lends environments out, one lease at a time each: the idle one used last first (or a random one), a new one when
 * none is idle, a place in a first-come queue when there may be no more. Lambda has no such queue
 * for a synchronous invocation, it throttles. Here, once someone has waited for two thirds of `maxWaitMs`, others are refused at once, because
 * a queue that only grows makes everyone late. Their number is bounded as well: in overload thousands would enter in that time, to be refused at its end.
 */
export class EnvironmentPool {
  #options: PoolOptions;
  #all = new Set<Environment>();
  /** Most recently used last. */
  #idle: Environment[] = [];
  #waiting: Waiting[] = [];
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get environments(): Environment[] {
    return [...this.#all];
  }

  async lease(): Promise<Lease | 'full' | 'closed'> {
    if (this.#closed) return 'closed';
    const lease = this.#waiting.length === 0 ? this.#take() : undefined;
    if (lease) return lease;
    if (this.isFull) return 'full';
    return new Promise((resolve) => this.#wait(resolve));
  }

  /** True when another would wait for too long: by the number that wait, or by the time that the first of them has waited. */
  get isFull(): boolean {
    const { maxWaitMs, maxWaitingEach = Number.POSITIVE_INFINITY, maxEnvironments } = this.#options;
    if (maxWaitMs === 0) return this.#idle.length === 0 && this.#all.size >= maxEnvironments;
    const [oldest] = this.#waiting;
    if (!oldest) return false;
    const isLong = this.#waiting.length >= maxWaitingEach * maxEnvironments;
    return isLong || performance.now() - oldest.sinceMs >= (maxWaitMs * 2) / 3;
  }

  /** Starts environments until there are `count` (or as many as there may be); gives the new ones, leased. */
  startUpTo(count: number): Environment[] {
    const missing = Math.min(count, this.#options.maxEnvironments) - this.#all.size;
    return Array.from({ length: Math.max(0, missing) }, () => this.#start());
  }

  /** Takes an environment back: the longest waiting lease gets it, or a new one if this one died. */
  release(environment: Environment): void {
    if (environment.alive) this.#idle.push(environment);
    else this.#all.delete(environment);
    this.#serve();
  }

  /** Gives out no further lease; those that wait are told so. */
  close(): void {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) answer(waiting, 'closed');
  }

  #wait(resolve: Waiting['resolve']): void {
    const { maxWaitMs } = this.#options;
    const waiting: Waiting = { resolve, sinceMs: performance.now(), timer: undefined };
    if (maxWaitMs < Number.POSITIVE_INFINITY)
      waiting.timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        resolve('full');
      }, maxWaitMs);
    this.#waiting.push(waiting);
  }

  #serve(): void {
    while (this.#waiting.length > 0 && !this.#closed) {
      const lease = this.#take();
      if (!lease) return;
      const next = this.#waiting.shift();
      if (next) answer(next, lease);
    }
  }

  #take(): Lease | undefined {
    for (let next = this.#takeIdle(); next; next = this.#takeIdle()) {
      if (next.alive) return { environment: next, cold: false };
      this.#all.delete(next);
    }
    if (this.#all.size >= this.#options.maxEnvironments) return undefined;
    return { environment: this.#start(), cold: true };
  }

  #takeIdle(): Environment | undefined {
    const { random } = this.#options;
    if (!random) return this.#idle.pop();
    return this.#idle.splice(Math.floor(random() * this.#idle.length), 1)[0];
  }

  #start(): Environment {
    const environment = this.#options.start();
    this.#all.add(environment);
    environment.ended.then(() => this.#forget(environment));
    return environment;
  }

  #forget(environment: Environment): void {
    this.#idle = this.#idle.filter((other) => other !== environment);
    if (this.#all.delete(environment)) this.#serve();
  }
}

function answer({ resolve, timer }: Waiting, lease: Lease | 'closed'): void {
  clearTimeout(timer);
  resolve(lease);
}
