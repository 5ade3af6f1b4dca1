import { messageOf } from '../errors.ts';
import type { DeferredFact } from '../event/fact.ts';
import type { Log } from '../log.ts';
import type { Clock, ParkingStore } from '../ports.ts';
import type { Delivery } from './delivery.ts';
import { deadLetteredFact, parkedFacts } from './facts.ts';

export interface ParkingSettings {
  /** The first delay; it doubles with every failed attempt after the third. */
  parkingDelayMs: number;
  /** After this long, an event is dead-lettered as `undecided` instead of being parked again. */
  stragglerMaxAgeMs: number;
}

/** Failed attempts before the delay begins to double: those of a first batch. */
const QUICK_ATTEMPTS = 3;

/** The delay doubles this often at most: 64 times the first, about an hour. */
const MAX_DOUBLINGS = 6;

/** Delay before a parked event is tried again, in milliseconds: 1, 2, 4 … times the first. Attempts that do not count do not lengthen it. Pure. */
export function parkingDelayMs(
  failedAttempts: number,
  waitMs: number,
  settings: ParkingSettings,
): number {
  const doublings = Math.min(MAX_DOUBLINGS, Math.max(0, failedAttempts - QUICK_ATTEMPTS));
  return Math.max(waitMs, settings.parkingDelayMs * 2 ** doublings);
}

/** Whether an event has been parked for so long that it is given to a person. One that may just have been created is looked up first. Pure. */
export function isUndecidable(
  {
    fact,
    outcomeUnknown,
    lookupFailed,
  }: Pick<Delivery, 'fact' | 'outcomeUnknown' | 'lookupFailed'>,
  nowMs: number,
  { stragglerMaxAgeMs }: ParkingSettings,
): boolean {
  if (fact.deferredSince === undefined || (outcomeUnknown && !lookupFailed)) return false;
  return nowMs - Date.parse(fact.deferredSince) >= stragglerMaxAgeMs;
}

/** What parking came to. */
export type Parked =
  | { kind: 'deferred'; fact: DeferredFact }
  | { kind: 'undecided'; fact: ReturnType<typeof deadLetteredFact> }
  /** It stays unsettled: Lambda delivers it again. */
  | { kind: 'failed' };

/**
 * Parks an event: stores it first, so that the `deferred` fact is never without its object. A crash between the two leaves a copy, which
 * is looked up before it is created.
 */
export async function park(
  delivery: Delivery,
  waitMs: number,
  { parking, clock, log }: { parking: ParkingStore; clock: Clock; log: Log },
  settings: ParkingSettings,
): Promise<Parked> {
  const nowMs = clock.now();
  if (isUndecidable(delivery, nowMs, settings))
    return { kind: 'undecided', fact: deadLetteredFact(delivery, 'undecided', nowMs) };
  const dueMs = nowMs + parkingDelayMs(delivery.failedAttempts, waitMs, settings);
  const { stored, deferred } = parkedFacts(delivery, dueMs, nowMs);
  try {
    await parking.park(stored, dueMs);
    return { kind: 'deferred', fact: deferred };
  } catch (error) {
    log.error('An event could not be parked: Lambda delivers it again. Check the spill bucket.', {
      eventId: delivery.event.id,
      error: messageOf(error),
    });
    return { kind: 'failed' };
  }
}
