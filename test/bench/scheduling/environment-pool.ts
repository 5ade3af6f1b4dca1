import type { Random } from '../../../local/target/gate.ts';
import type { Environment } from './environment.ts';

/** The environment that a lane's next batch goes to: the lane's last one, any, or the one used last. AWS promises none of them. */
export type AssignmentPolicy = 'sticky' | 'random' | 'lifo';

/** The warm environments of the function, always as many as at the start. */
export class EnvironmentPool {
  #idle: Environment[] = [];
  readonly #busy = new Set<Environment>();
  #retired = new Set<Environment>();
  #waiting: (() => void)[] = [];
  readonly #start: () => Environment;
  readonly #policy: AssignmentPolicy;
  readonly #random: Random;

  constructor(size: number, policy: AssignmentPolicy, start: () => Environment, random: Random) {
    this.#start = start;
    this.#policy = policy;
    this.#random = random;
    this.#idle = Array.from({ length: size }, start);
  }

  /** Takes an environment for a lane's invocation; waits while all are busy. */
  async acquire(laneId: string): Promise<Environment> {
    while (this.#idle.length === 0)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const chosen = this.#choose(laneId);
    this.#idle = this.#idle.filter((other) => other !== chosen);
    this.#busy.add(chosen);
    chosen.laneId = laneId;
    return chosen;
  }

  /** Takes an environment back after its invocation; a dead one is replaced, one of an old version is not used again. */
  release(env: Environment): void {
    this.#busy.delete(env);
    if (this.#retired.delete(env)) env.process.kill();
    else this.#idle.push(env.process.isAlive ? env : this.#start());
    for (const resume of this.#waiting.splice(0)) resume();
  }

  /** A deployment: new environments take all new invocations, while the old ones finish theirs. */
  replaceAll(): void {
    const count = this.#idle.length + this.#busy.size;
    for (const env of this.#idle) env.process.kill();
    this.#retired = new Set(this.#busy);
    this.#idle = Array.from({ length: count }, this.#start);
    for (const resume of this.#waiting.splice(0)) resume();
  }

  /** Crashes one environment that is busy. Returns false when none is. */
  crashOne(): boolean {
    const busy = [...this.#busy];
    const chosen = busy[Math.floor(this.#random() * busy.length)];
    chosen?.crash();
    return chosen !== undefined;
  }

  #choose(laneId: string): Environment {
    const idle = this.#idle;
    const byPolicy = {
      random: () => idle[Math.floor(this.#random() * idle.length)],
      lifo: () => idle.toSorted((a, b) => b.lastUsedMs - a.lastUsedMs)[0],
      sticky: () =>
        idle.find((env) => env.laneId === laneId) ?? idle.find((env) => env.laneId === undefined),
    };
    return (byPolicy[this.#policy]() ?? idle[0]) as Environment;
  }
}
