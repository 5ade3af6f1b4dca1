import type { FactHead } from './fact-head.ts';
import type { EventStatus } from './state.ts';

/** A fact, as far as it tells where its event stands. */
export type StatusFact = Pick<FactHead, 'type' | 'at' | 'replay' | 'deferral'>;

/**
 * Returns the state of an event by all of its facts; neither their order nor their repetition matters. As `statusOf`, which keeps a few bits
 * for each of millions of events, but it tells one run from another: an event that is replayed after its dead letter is pending
 * until the replay ends, and a dead letter after a dismissal counts. Pure.
 */
export function statusOfFacts(facts: readonly StatusFact[]): EventStatus {
  if (facts.some(({ type }) => type === 'delivered')) return 'delivered';
  const run = latestRun(facts);
  const deadLetteredAt = latestAt(run, 'deadLettered');
  if (deadLetteredAt !== '')
    return latestAt(facts, 'dismissed') >= deadLetteredAt ? 'dismissed' : 'deadLettered';
  const isParked = highestDeferral(run, 'deferred') > highestDeferral(run, 'received');
  return isParked ? 'deferred' : 'pending';
}

/** The facts of the run that began last: the first delivery, or a replay. A run begins with its earliest fact. */
export function latestRun<Each extends StatusFact>(facts: readonly Each[]): Each[] {
  const begins = new Map<string, string>();
  for (const fact of facts) {
    const runId = runIdOf(fact);
    const begin = begins.get(runId);
    if (fact.type !== 'dismissed' && (begin === undefined || fact.at < begin))
      begins.set(runId, fact.at);
  }
  const [latest] = [...begins].toSorted(([idA, a], [idB, b]) => compare(b, a) || compare(idB, idA));
  return facts.filter((fact) => runIdOf(fact) === (latest?.[0] ?? ''));
}

const runIdOf = ({ replay }: StatusFact) => replay?.runId ?? '';

/** Times in UTC with milliseconds sort as text. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Returns the time of the latest fact of a type; empty for none. */
function latestAt(facts: readonly StatusFact[], type: StatusFact['type']): string {
  return facts.reduce((at, fact) => (fact.type === type && fact.at > at ? fact.at : at), '');
}

function highestDeferral(facts: readonly StatusFact[], type: StatusFact['type']): number {
  return facts.reduce(
    (highest, fact) => (fact.type === type ? Math.max(highest, fact.deferral ?? 0) : highest),
    0,
  );
}
