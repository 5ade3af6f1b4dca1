/** So many events in a row that had to be spilled are no accident. */
const TROUBLE_AFTER = 2;

/** For how long the journal counts as troubled after it was late. */
const TROUBLE_MS = 10_000;

/** When a journal in trouble is tried again: soon, for most trouble is a short pause, then ever more rarely, down to once a second. */
const FIRST_PROBE_MS = 100;
const MOST_PROBE_MS = 1000;

/**
 * What one environment knows of the journal's health, and which store it therefore asks first: the `journal`; the `spill` store while the
 * journal is in trouble; or the journal as a `probe`, the spill store following at its first failure. Pure: time arrives as data.
 */
export class JournalTrouble {
  #spilledInARow = 0;
  #untilMs = 0;
  #probeAtMs = 0;
  #probeMs = FIRST_PROBE_MS;

  orderAt(nowMs: number): 'journal' | 'probe' | 'spill' {
    if (nowMs >= this.#untilMs) return 'journal';
    if (nowMs < this.#probeAtMs) return 'spill';
    this.#probeMs = Math.min(MOST_PROBE_MS, this.#probeMs * 2);
    this.#probeAtMs = nowMs + this.#probeMs;
    return 'probe';
  }

  /** An event had to be spilled. */
  metAt(nowMs: number): void {
    this.#spilledInARow += 1;
    if (this.#spilledInARow < TROUBLE_AFTER) return;
    if (nowMs >= this.#untilMs) {
      this.#probeMs = FIRST_PROBE_MS;
      this.#probeAtMs = nowMs + this.#probeMs;
    }
    this.#untilMs = nowMs + TROUBLE_MS;
  }

  /** The journal took an event. */
  isOver(): void {
    this.#spilledInARow = 0;
    this.#untilMs = 0;
  }
}
