import type { DeadLetterReason } from './fact.ts';
import type { FactHead } from './fact-head.ts';

/**
 * What is known of one event, as a set of bits. Facts may be folded into it in any order, since objects of the archive
 * overlap in time; each only once, if {@link isCreatedTwice} is to be true.
 */
export type EventState = number;

export const NOTHING: EventState = 0;

/** Received from the source, or from a replay: its payload is known. */
const RECEIVED = 1;
const REPLAYED = 2;
const CREATED = 4;
const CREATED_AGAIN = 8;
/** Delivered in a way that created nothing for the first time: the target had it already, or it was a replay. */
const DELIVERED_AGAIN = 16;
const DISMISSED = 32;
const DEAD_LETTER: Record<DeadLetterReason, number> = {
  malformed: 64,
  rejected: 128,
  exhausted: 256,
  undecided: 512,
};

/**
 * A run of it is parked. The only bit that can be lost again, when the event returns: so it is not folded here, but by
 * `ParkedRuns`, which compares deferral numbers.
 */
export const PARKED = 1024;

const DELIVERED = CREATED | DELIVERED_AGAIN;
const DEAD_LETTERED = Object.values(DEAD_LETTER).reduce((bits, bit) => bits | bit);

/** The first bit that is free for other uses of whoever keeps states. They are kept in 16 bits: five are free. */
export const FREE_BIT = 2048;

/** Adds what a fact says. Pure. */
export function foldFact(state: EventState, fact: FactHead): EventState {
  switch (fact.type) {
    case 'received':
      return state | RECEIVED | (fact.replay ? REPLAYED : 0);
    case 'deferred':
      return state;
    case 'delivered':
      if (fact.replay || fact.verified) return state | DELIVERED_AGAIN;
      return state | (state & CREATED ? CREATED_AGAIN : CREATED);
    case 'deadLettered':
      return state | (DEAD_LETTER[fact.reason as DeadLetterReason] ?? DEAD_LETTER.exhausted);
    case 'dismissed':
      return state | DISMISSED;
  }
}

/**
 * Where an event stands: delivered once any delivery of it succeeded; while none has ended, `deferred` if it is parked and
 * `pending` if not. A dead letter that a person ended is `dismissed`.
 */
export type EventStatus = 'pending' | 'deferred' | 'delivered' | 'deadLettered' | 'dismissed';

export function statusOf(state: EventState): EventStatus {
  if (state & DELIVERED) return 'delivered';
  if (state & DEAD_LETTERED) return state & DISMISSED ? 'dismissed' : 'deadLettered';
  return state & PARKED ? 'deferred' : 'pending';
}

/** The state of an event that was opened again after its dismissal. Pure. */
export const withoutDismissal = (state: EventState): EventState => state & ~DISMISSED;

export const isReceived = (state: EventState) => (state & RECEIVED) !== 0;

export const isReplayed = (state: EventState) => (state & REPLAYED) !== 0;

/**
 * The target created it twice, without a replay: that may well create again what the target has lost, and the facts of one
 * run are folded by themselves, with `replay` taken off, to ask the same of it. A `verified` delivery created nothing.
 */
export const isCreatedTwice = (state: EventState) => (state & CREATED_AGAIN) !== 0;

/** Whether it was dead-lettered for one of the reasons, whatever became of it later. */
export function hasDeadLetter(state: EventState, reasons: readonly DeadLetterReason[]): boolean {
  return reasons.some((reason) => (state & DEAD_LETTER[reason]) !== 0);
}
