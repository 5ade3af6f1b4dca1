import { TargetHealth } from '../dispatch/target-health.ts';
import type { Attempt } from '../event/fact.ts';
import type { TargetNumbers } from './flow-numbers.ts';

/** A refusal says something about the whole target only if nothing succeeded for this long. Dispatch takes a span of its rate, which is about this. */
const RECENT_MS = 2000;

/**
 * Health of the target by the rule of dispatch ({@link TargetHealth}), applied to the attempts that facts hold. It lags behind dispatch: an attempt
 * is known once its event is delivered, parked or dead-lettered.
 */
export class TargetSigns {
  readonly #health = new TargetHealth();
  #sinceMs: number | null = null;
  #lastSuccessMs: number | null = null;
  #lastFailureMs: number | null = null;
  #lastFailure: string | null = null;

  take(eventId: string, { at, ms, outcome, status, error }: Attempt): void {
    const startedMs = Date.parse(at);
    const endedMs = startedMs + ms;
    const before = this.#health.state;
    if (outcome === 'delivered' || outcome === 'duplicate') {
      this.#lastSuccessMs = Math.max(this.#lastSuccessMs ?? 0, endedMs);
      this.#health.succeeded(startedMs, endedMs);
    } else if (startedMs >= (this.#lastSuccessMs ?? 0)) {
      const waitMs = outcome === 'throttled' ? 0 : undefined;
      this.#health.failed({ keys: [eventId], ids: [eventId] }, endedMs, waitMs, RECENT_MS);
      this.#lastFailureMs = endedMs;
      this.#lastFailure = `${outcome}${status === null ? '' : ` (${status})`}${error ? `: ${error}` : ''}`;
    }
    if (this.#health.state !== before) this.#sinceMs = endedMs;
  }

  numbers(): TargetNumbers {
    return {
      state: this.#health.state,
      sinceMs: this.#sinceMs,
      lastSuccessMs: this.#lastSuccessMs,
      lastFailureMs: this.#lastFailureMs,
      lastFailure: this.#lastFailure,
    };
  }
}
