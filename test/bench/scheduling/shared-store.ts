import type { Environment } from './environment.ts';

/** Latency of a request, one way, in milliseconds: 4 to 12 with the response (DynamoDB in the same region). */
const LATENCY_MS = { min: 2, max: 6 };

/** A request to a store that is down fails after twice this, in milliseconds. */
const DOWN_MS = { min: 150, max: 150 };

/**
 * A store that all environments share: one state, changed by one request at a time. It keeps the booked start times.
 */
export class SharedStore<State> {
  readonly state: State;
  requests = 0;
  /** Decides whether requests fail now, by the shard that the environment serves. */
  isDown: (shardId: string | undefined) => boolean = () => false;

  constructor(state: State) {
    this.state = state;
  }

  /** Runs `change` at the store, as one step. Rejects when the store is down, and with what `change` throws. */
  request<Result>(from: Environment, change: (state: State) => Result): Promise<Result> {
    this.requests += 1;
    if (this.isDown(from.shardId)) return from.send(DOWN_MS, fail);
    return from.send(LATENCY_MS, () => change(this.state));
  }
}

function fail(): never {
  throw new Error('the simulated store is down');
}
