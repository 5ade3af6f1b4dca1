import type { DeferredFact, Fact } from './fact.ts';

/** A fact, with or without its payload. */
type FactOfLife = Pick<Fact, 'type' | 'at' | 'replay' | 'deferral'> &
  Partial<Pick<DeferredFact, 'until'>>;

/** What happens in the same millisecond happens in this order. */
const ORDER: Record<Fact['type'], number> = {
  received: 0,
  deferred: 1,
  delivered: 2,
  deadLettered: 3,
  dismissed: 4,
};

/**
 * The facts of one event, first things first. A parked event returns with the time of its first receipt, so a `received` fact with a
 * deferral takes its place by when that deferral was due. Pure.
 */
export function inOrderOfLife<Item>(
  items: readonly Item[],
  factOf: (item: Item) => FactOfLife,
): Item[] {
  const dueMs = new Map<string, number>();
  for (const item of items) {
    const fact = factOf(item);
    if (fact.until !== undefined) dueMs.set(deferralOf(fact), Date.parse(fact.until));
  }
  const momentOf = (item: Item) => {
    const fact = factOf(item);
    const returnedMs = fact.type === 'received' ? dueMs.get(deferralOf(fact)) : undefined;
    return { ms: returnedMs ?? Date.parse(fact.at), fact };
  };
  return items
    .map((item) => ({ item, ...momentOf(item) }))
    .sort((a, b) => a.ms - b.ms || compare(a.fact, b.fact))
    .map(({ item }) => item);
}

function compare(a: FactOfLife, b: FactOfLife): number {
  return stepOf(a) - stepOf(b) || ORDER[a.type] - ORDER[b.type];
}

/** Deferral n follows all of delivery n - 1, and comes before the return that begins delivery n. */
const stepOf = ({ type, deferral = 0 }: FactOfLife) =>
  type === 'deferred' ? deferral - 0.5 : deferral;

const deferralOf = ({ replay, deferral = 0 }: FactOfLife) => `${replay?.runId ?? ''}\n${deferral}`;
