import type { BatchInput } from '../../../lib/kinesis-batch.ts';
import { createLane, type DeliverOneBatch } from './create-lane.ts';
import type { EnvironmentClock } from './environment-clock.ts';
import { EnvironmentProcess } from './environment-process.ts';
import type { Services } from './services.ts';
import { between, type Range } from './setup.ts';

export type InvocationResult =
  | { kind: 'returned'; lowestUnsettled: string | undefined }
  /** The environment died, by itself or with its deadline. */
  | { kind: 'crashed' };

/** From the thaw to the handler's start, in milliseconds. */
const THAW_MS = 0.2;

/** The function's timeout, in milliseconds. */
const TIMEOUT_MS = 120_000;

/** One Lambda environment with its lane, which it builds in its first invocation. */
export class Environment {
  readonly process: EnvironmentProcess;
  /** The shard and the lane of the mapping that it served last. */
  shardId: string | undefined;
  laneId: string | undefined;
  lastUsedMs = 0;
  readonly #services: Services;
  #deliver: DeliverOneBatch | undefined;
  #end: ((result: InvocationResult) => void) | undefined;

  constructor(services: Services) {
    const { random, setup, time } = services;
    const offsetMs = between(random, { min: -setup.skewMs, max: setup.skewMs });
    this.#services = services;
    this.process = new EnvironmentProcess(time, { offsetMs, stalls: setup.stalls }, random);
  }

  get clock(): EnvironmentClock {
    return this.process.clock;
  }

  /** Carries a request to `serve` and its result back; each way takes `oneWay`. The request arrives even if this environment crashes. */
  send<Result>(oneWay: Range, serve: () => Result): Promise<Result> {
    const { random, time } = this.#services;
    return new Promise((resolve, reject) => {
      const respond = (answer: () => void) =>
        time.after(between(random, oneWay), answer, this.process);
      time.after(between(random, oneWay), () => {
        try {
          const result = serve();
          respond(() => resolve(result));
        } catch (error) {
          respond(() => reject(error));
        }
      });
    });
  }

  /** Runs one invocation. Rejects when the handler throws, which no simulated failure causes. */
  async invoke(batch: BatchInput): Promise<InvocationResult> {
    const { time } = this.#services;
    this.shardId = batch.shardId;
    this.process.thaw();
    const result = await new Promise<InvocationResult>((resolve, reject) => {
      this.#end = resolve;
      time.after(THAW_MS, () => this.#handle(batch).then(resolve, reject), this.process);
    });
    this.#end = undefined;
    this.process.freeze();
    this.lastUsedMs = time.nowMs;
    return result;
  }

  /** Kills the process in the middle of its invocation. */
  crash(): void {
    this.process.kill();
    this.#end?.({ kind: 'crashed' });
  }

  async #handle(batch: BatchInput): Promise<InvocationResult> {
    this.#deliver ??= createLane(this, this.#services);
    const { lowestUnsettled } = await this.#deliver(batch, TIMEOUT_MS);
    return { kind: 'returned', lowestUnsettled };
  }
}
