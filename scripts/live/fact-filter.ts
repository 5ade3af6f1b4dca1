import type { Fact } from '../../lib/event/fact.ts';
import { isJsonObject } from '../../lib/event/source-event.ts';

/** Conditions on facts; a fact must meet each that is given. */
export interface FactFilter {
  types: readonly Fact['type'][];
  id?: string | undefined;
  name?: string | undefined;
  reason?: string | undefined;
}

/** Names of events that are remembered. */
const MOST_NAMES = 100_000;

/**
 * Returns a test for facts. An outcome has no name: it is known from the `received` fact, if that was read before, and of a dead letter from its payload.
 */
export function createFactTest({ types, id, name, reason }: FactFilter): (fact: Fact) => boolean {
  const names = new Map<string, string>();

  function nameOf(fact: Fact): string | undefined {
    const given = 'payload' in fact && isJsonObject(fact.payload) ? fact.payload.name : undefined;
    if (typeof given === 'string') {
      if (names.size >= MOST_NAMES) names.clear();
      names.set(fact.eventId, given);
    }
    return names.get(fact.eventId);
  }

  return (fact) => {
    const isNamed = name === undefined || nameOf(fact) === name;
    return (
      isNamed &&
      types.includes(fact.type) &&
      (id === undefined || fact.eventId === id) &&
      (reason === undefined || reasonOf(fact).toLowerCase().includes(reason.toLowerCase()))
    );
  };
}

/** Reason, code and message of a failure; empty for other facts. Pure. */
export function reasonOf(fact: Fact): string {
  switch (fact.type) {
    case 'deferred':
      return `${fact.error.code} ${fact.error.message}`;
    case 'deadLettered':
      return `${fact.reason}: ${fact.error.code} ${fact.error.message}`;
    case 'dismissed':
      return fact.reason;
    default:
      return '';
  }
}
