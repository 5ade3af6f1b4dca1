import type { ReceivedFact } from '../event/fact.ts';

/** Where facts wait to be moved into the journal: one object each, one JSON fact in it. */
export const SPILL_PREFIX = 'spill/';

/** Where objects of {@link SPILL_PREFIX} are put that hold no event: a person has to look at them. */
export const UNREADABLE_PREFIX = 'unreadable/';

/** `spill/dt=YYYY-MM-DD/hh=HH/<uuid>.json`, by the UTC time at which the event was received. Pure. */
export function spillKey({ at }: Pick<ReceivedFact, 'at'>, uuid: string): string {
  return `${SPILL_PREFIX}dt=${at.slice(0, 10)}/hh=${at.slice(11, 13)}/${uuid}.json`;
}
