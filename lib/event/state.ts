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
const VERIFIED = 16;
const REDELIVERED = 32;
const DEAD_LETTER: Record<DeadLetterReason, number> = {
  malformed: 64,
  rejected: 128,
  exhausted: 256,
};

const DELIVERED = CREATED | VERIFIED | REDELIVERED;
const DEAD_LETTERED = DEAD_LETTER.malformed | DEAD_LETTER.rejected | DEAD_LETTER.exhausted;

/** The first bit that is free for other uses of whoever keeps states. */
export const FREE_BIT = 512;

/** Adds what a fact says. Pure. */
export function foldFact(state: EventState, fact: FactHead): EventState {
  switch (fact.type) {
    case 'received':
      return state | RECEIVED | (fact.replay ? REPLAYED : 0);
    case 'delivered':
      if (fact.replay) return state | REDELIVERED;
      if (fact.verified) return state | VERIFIED;
      return state | (state & CREATED ? CREATED_AGAIN : CREATED);
    case 'deadLettered':
      return state | DEAD_LETTER[fact.reason ?? 'exhausted'];
  }
}

/** Where an event stands: delivered once any delivery of it succeeded, `pending` while none has ended. */
export type EventStatus = 'pending' | 'delivered' | 'deadLettered';

export function statusOf(state: EventState): EventStatus {
  if (state & DELIVERED) return 'delivered';
  return state & DEAD_LETTERED ? 'deadLettered' : 'pending';
}

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
