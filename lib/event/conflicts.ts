import type { Fact } from './fact.ts';
import { payloadDigest } from './payload-digest.ts';

/** A fact with its payload, or with the payload's digest only. */
type DigestedFact = Pick<Fact, 'type' | 'at'> & { payload?: unknown; digest?: string };

/** One of several bodies that came under the same id. */
interface Body {
  digest: string;
  /** Time of its first receipt, ISO 8601 UTC. */
  receivedAt: string;
}

/**
 * The bodies that came under one id, first ones first, if they are several: the source used the id for different events, of which the
 * target can have only one. Empty where there is no such conflict. Pure.
 */
export function conflictingBodies(facts: readonly DigestedFact[]): Body[] {
  const firstAt = new Map<string, string>();
  for (const fact of facts) {
    const digest = fact.type === 'received' ? digestOf(fact) : undefined;
    if (digest === undefined) continue;
    const known = firstAt.get(digest);
    if (known === undefined || fact.at < known) firstAt.set(digest, fact.at);
  }
  if (firstAt.size < 2) return [];
  return [...firstAt]
    .map(([digest, receivedAt]) => ({ digest, receivedAt }))
    .toSorted((a, b) => (`${a.receivedAt}${a.digest}` < `${b.receivedAt}${b.digest}` ? -1 : 1));
}

/** Absent in what was projected by an earlier version. */
function digestOf({ digest, payload }: DigestedFact): string | undefined {
  return digest ?? (payload === undefined ? undefined : payloadDigest(payload));
}
