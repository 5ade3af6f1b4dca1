/**
 * Share of the rate that is used: at 1.00 timer jitter puts some calls of an exact sliding window over its limit,
 * at 0.99 (measured) none.
 */
const MARGIN = 0.99;

/** Timers tick in milliseconds, so a slot is never shorter than this. */
const MIN_SLOT_MS = 8;

/** How a rate is kept. */
export interface PacePlan {
  /** `starts` calls may start together every `slotMs`. */
  slotMs: number;
  starts: number;
  /** Slots booked ahead: after a stall, those that it swallowed are made up for. */
  ahead: number;
  /** Whatever happens, at most `windowStarts` calls arrive within `windowMs`. */
  windowStarts: number;
  windowMs: number;
}

/** Cuts a rate into slots; those within `catchUpMs` are booked ahead. Pure. */
export function planPace(ratePerSecond: number, catchUpMs: number): PacePlan {
  const pacedRate = ratePerSecond * MARGIN;
  const starts = Math.max(1, Math.ceil((pacedRate * MIN_SLOT_MS) / 1000));
  const slotMs = (starts * 1000) / pacedRate;
  const windowStarts = Math.max(1, Math.floor(ratePerSecond));
  return {
    slotMs,
    starts,
    ahead: Math.max(1, Math.floor(catchUpMs / slotMs)),
    windowStarts,
    windowMs: (windowStarts * 1000) / ratePerSecond,
  };
}
