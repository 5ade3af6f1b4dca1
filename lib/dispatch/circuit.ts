/**
 * Tells a sick target from a bad event: while anything still succeeds the circuit is closed and an event's failures
 * count against the event; when call after call fails it opens, failures count against the target, and only one
 * probe at a time is let through.
 */
export interface CircuitSettings {
  /** Consecutive failures, over all events of the lane, that open it. */
  threshold: number;
  probeBaseMs: number;
  probeMaxMs: number;
}

export const DEFAULT_CIRCUIT: CircuitSettings = {
  threshold: 10,
  probeBaseMs: 500,
  probeMaxMs: 2000,
};

export class Circuit {
  readonly #settings: CircuitSettings;
  #failures = 0;
  #nextProbeAtMs = 0;

  constructor(settings: CircuitSettings = DEFAULT_CIRCUIT) {
    this.#settings = settings;
  }

  get isOpen(): boolean {
    return this.#failures >= this.#settings.threshold;
  }

  /** When the next probe may start, while it is open. */
  get nextProbeAtMs(): number {
    return this.#nextProbeAtMs;
  }

  /** The target answered properly (a rejection included). */
  succeeded(): void {
    this.#failures = 0;
  }

  failed(nowMs: number): void {
    this.#failures += 1;
    if (!this.isOpen) return;
    const { threshold, probeBaseMs, probeMaxMs } = this.#settings;
    const doublings = Math.min(this.#failures - threshold, 20);
    this.#nextProbeAtMs = nowMs + Math.min(probeMaxMs, probeBaseMs * 2 ** doublings);
  }
}
