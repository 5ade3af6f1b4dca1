/** Numbers of events by state. */
export interface Tally {
  received: number;
  delivered: number;
  deadLettered: number;
  /** Dead letters that a person ended: they need nothing. */
  dismissed: number;
  /** May still be delivered: they are in the journal and dispatch has not settled them, or wait in the spill bucket for `recover`. */
  pending: number;
  /** Wait in the spill bucket until they are due to be tried again. */
  parked: number;
  /** Lambda gave them up; they lie whole in the failures bucket, and come back with `replay --failures`. */
  givenUp: number;
  /** Have not ended and are in no store that would bring them back: lost. */
  unaccounted: number;
  /** Have not ended, and nothing that was read tells whether they still may. */
  unjudged: number;
  /** Replayed events among all of these. */
  replayed: number;
}

/** Kinds of events that an operator should look at. `givenUp` is no loss, but needs a replay. */
export type Offence = 'unaccounted' | 'unjudged' | 'neverReceived' | 'deliveredTwice' | 'givenUp';
