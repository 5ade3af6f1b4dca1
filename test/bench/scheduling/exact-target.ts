import type { Target, TargetEvent, TargetResult, Verdict } from '../../../lib/ports.ts';
import type { RateLimiter } from '../../../local/target/limiters.ts';
import { createLimiter, type LimitAlgorithm } from '../../../local/target/limiters.ts';
import type { VirtualTime } from './virtual-time.ts';

/** One call as the target counts it. */
export interface TargetCallRecord {
  atMs: number;
  admitted: boolean;
  isLookup: boolean;
  /** Ids of a creation. */
  ids: readonly string[];
}

export interface ExactTargetOptions {
  algorithm: LimitAlgorithm;
  limitPerSecond: number;
  /** False for a target that creates an item again when its id is sent again. */
  uniqueIds: boolean;
}

/** Carries a request from an environment to `serve`, and its result back. */
export type Send = <Result>(serve: () => Result) => Promise<Result>;

/** A target that enforces its limit exactly at the moment that a call arrives, and records every call. */
export class ExactTarget {
  readonly calls: TargetCallRecord[] = [];
  /** Time of each item's first creation, in milliseconds. */
  readonly createdAtMs = new Map<string, number>();
  /** Creations of what was created before. */
  secondCreations = 0;
  readonly #time: VirtualTime;
  readonly #limiter: RateLimiter;
  readonly #uniqueIds: boolean;

  constructor(time: VirtualTime, { algorithm, limitPerSecond, uniqueIds }: ExactTargetOptions) {
    this.#time = time;
    this.#limiter = createLimiter(algorithm, limitPerSecond);
    this.#uniqueIds = uniqueIds;
  }

  /** The port of an environment that reaches this target by `send`. */
  connect(send: Send): Target {
    const idsOf = (events: readonly TargetEvent[]) => events.map(({ id }) => id);
    return {
      canLookUp: true,
      create: (events) => send(() => this.#serve(idsOf(events), false, (id) => this.#create(id))),
      lookUp: (events) => send(() => this.#serve(idsOf(events), true, (id) => this.#lookUp(id))),
    };
  }

  #serve<Each>(
    ids: string[],
    isLookup: boolean,
    serveOne: (id: string) => Each,
  ): TargetResult<Each | Throttled> {
    const { nowMs: atMs } = this.#time;
    const admission = this.#limiter.admit(atMs);
    const { admitted } = admission;
    this.calls.push({ atMs, admitted, isLookup, ids });
    if (admission.admitted) return { status: 200, verdicts: ids.map(serveOne), retryAlone: false };
    const verdict = throttled(admission.retryAfterMs);
    return { status: 429, verdicts: ids.map(() => verdict), retryAlone: false };
  }

  #create(id: string): Verdict {
    if (!this.createdAtMs.has(id)) {
      this.createdAtMs.set(id, this.#time.nowMs);
      return { kind: 'delivered' };
    }
    this.secondCreations += 1;
    return { kind: this.#uniqueIds ? 'duplicate' : 'delivered' };
  }

  #lookUp(id: string): { kind: 'found' | 'absent' } {
    return { kind: this.createdAtMs.has(id) ? 'found' : 'absent' };
  }
}

type Throttled = Extract<Verdict, { kind: 'throttled' }>;

/** `Retry-After` has whole seconds. */
function throttled(retryAfterMs: number): Throttled {
  const waitMs = Math.max(1, Math.ceil(retryAfterMs / 1000)) * 1000;
  return { kind: 'throttled', code: 'TOO_MANY_REQUESTS', message: 'too many requests', waitMs };
}
