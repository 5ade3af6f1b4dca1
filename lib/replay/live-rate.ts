import type { Fact } from '../event/fact.ts';

/** The rate of live events is the higher of these means: the short one sees at once that they come, the long one that they pause. */
const RATE_WINDOWS_MS = [2000, 5000];
const SLOT_MS = 250;

/** A record can be read so long after its event was received. */
const READABLE_AFTER_MS = 250;

/** Counts live events by when they were received. */
export class LiveRate {
  readonly #perSlot = new Map<number, number>();
  #untilSlot = Number.NEGATIVE_INFINITY;

  take({ type, replay, deferral, at }: Fact): void {
    if (type !== 'received' || replay || deferral) return;
    const slot = Math.floor(Date.parse(at) / SLOT_MS);
    this.#perSlot.set(slot, (this.#perSlot.get(slot) ?? 0) + 1);
  }

  /** Call this when the stream was read to its tip. */
  readToTip(nowMs: number): void {
    this.#untilSlot = Math.floor((nowMs - READABLE_AFTER_MS) / SLOT_MS);
    const oldest = this.#untilSlot - Math.max(...RATE_WINDOWS_MS) / SLOT_MS;
    for (const slot of this.#perSlot.keys()) if (slot < oldest) this.#perSlot.delete(slot);
  }

  /** Events per second, as of when the stream was last read to its tip. */
  perSecond(): number {
    return Math.max(...RATE_WINDOWS_MS.map((windowMs) => this.#mean(windowMs)));
  }

  #mean(windowMs: number): number {
    let events = 0;
    for (const [slot, count] of this.#perSlot)
      if (slot < this.#untilSlot && slot >= this.#untilSlot - windowMs / SLOT_MS) events += count;
    return (events * 1000) / windowMs;
  }
}
