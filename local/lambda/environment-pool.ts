import type { Environment } from './environment.ts';

export interface Lease {
  environment: Environment;
  /** The environment was started for this lease and may not be ready yet. */
  cold: boolean;
}

export interface PoolOptions {
  maxEnvironments: number;
  /** Whether a lease waits for its turn when every environment is busy. */
  queues: boolean;
  start(): Environment;
}

/**
 * Lends environments out, one lease at a time each: the idle one used last first, a new one when
 * none is idle, a place in a first-come queue when there may be no more. Lambda has no such queue
 * for a synchronous invocation, it throttles.
 */
export class EnvironmentPool {
  #options: PoolOptions;
  #all = new Set<Environment>();
  /** Most recently used last. */
  #idle: Environment[] = [];
  #waiting: ((lease: Lease | 'closed') => void)[] = [];
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#all.size;
  }

  get idle(): number {
    return this.#idle.length;
  }

  get queued(): number {
    return this.#waiting.length;
  }

  get environments(): Environment[] {
    return [...this.#all];
  }

  async lease(): Promise<Lease | 'full' | 'closed'> {
    if (this.#closed) return 'closed';
    const lease = this.#take();
    if (lease) return lease;
    if (!this.#options.queues) return 'full';
    return new Promise((resolve) => this.#waiting.push(resolve));
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
    for (const resolve of this.#waiting.splice(0)) resolve('closed');
  }

  #serve(): void {
    while (this.#waiting.length > 0 && !this.#closed) {
      const lease = this.#take();
      if (!lease) return;
      this.#waiting.shift()?.(lease);
    }
  }

  #take(): Lease | undefined {
    for (let last = this.#idle.pop(); last; last = this.#idle.pop()) {
      if (last.alive) return { environment: last, cold: false };
      this.#all.delete(last);
    }
    if (this.#all.size >= this.#options.maxEnvironments) return undefined;
    return { environment: this.#start(), cold: true };
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
