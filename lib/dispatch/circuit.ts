/**
 * Tells a sick target from a bad event. What counts is creations: while any succeeds, an event's failures count against
 * the event. When creation after creation fails, of several events and without one that succeeds in between, it
 * opens: failures count against the target, and only one probe at a time is let through.
 */
export interface CircuitSettings {
  /** Consecutive failures that open it … */
  failures: number;
  /** … if they are of at least so many events: fewer may well be bad themselves. */
  events: number;
  probeBaseMs: number;
  probeMaxMs: number;
}

export const DEFAULT_CIRCUIT: CircuitSettings = {
  failures: 10,
  events: 5,
  probeBaseMs: 500,
  probeMaxMs: 1000,
};

export class Circuit {
  readonly #settings: CircuitSettings;
  #failures = 0;
  #failing = new Set<string>();
  #openings = 0;
  #nextProbeAtMs = 0;

  constructor(settings: CircuitSettings = DEFAULT_CIRCUIT) {
    this.#settings = settings;
  }

  get isOpen(): boolean {
    const { failures, events } = this.#settings;
    return this.#failures >= failures && this.#failing.size >= events;
  }

  /** When the next probe may start, while it is open. */
  get nextProbeAtMs(): number {
    return this.#nextProbeAtMs;
  }

  /** A creation succeeded, or was rejected: the target does its work. */
  succeeded(): void {
    this.#failures = 0;
    this.#openings = 0;
    this.#failing.clear();
  }

  /** A call for that delivery failed. */
  failed(key: string, nowMs: number): void {
    this.#failures += 1;
    if (this.#failing.size < this.#settings.events) this.#failing.add(key);
    if (!this.isOpen) return;
    const { probeBaseMs, probeMaxMs } = this.#settings;
    const doublings = Math.min(this.#openings++, 20);
    this.#nextProbeAtMs = nowMs + Math.min(probeMaxMs, probeBaseMs * 2 ** doublings);
  }
}
