import type { Fact } from '../../lib/event/fact.ts';

/** What must hold, id by id: accepted = archived = delivered + dead-lettered. */
interface Conservation {
  holds: boolean;
  /** The first few ids that break it, by how. */
  violations: Record<string, string[]>;
}

export interface Evidence {
  /** All that were sent: one that got no 2xx in time may be stored all the same. */
  sent: ReadonlySet<string>;
  /** Ids that the API answered with a 2xx. */
  accepted: ReadonlySet<string>;
  /** Facts found in the archive; some may be there twice. */
  archived: readonly Fact[];
  /** Ids that the target has. */
  atTarget: ReadonlySet<string>;
}

const SHOWN = 10;

/** Compares ids, not counts: two errors that cancel out in a sum do not here. Pure. */
export function checkConservation({ sent, accepted, archived, atTarget }: Evidence): Conservation {
  const idsOf = (type: Fact['type']) =>
    new Set(archived.filter((fact) => fact.type === type).map((fact) => fact.eventId));
  const received = idsOf('received');
  const delivered = idsOf('delivered');
  const deadLettered = idsOf('deadLettered');

  const found: Record<string, string[]> = {
    'accepted but not archived': minus(accepted, received),
    'archived but never sent': minus(received, sent),
    'neither delivered nor dead-lettered': minus(minus(received, delivered), deadLettered),
    'delivered and dead-lettered': both(delivered, deadLettered),
    'delivered but not at the target': minus(delivered, atTarget),
    'at the target but not delivered': minus(atTarget, delivered),
  };
  const broken = Object.entries(found).filter(([, ids]) => ids.length > 0);
  return {
    holds: broken.length === 0,
    violations: Object.fromEntries(broken.map(([how, ids]) => [how, ids.slice(0, SHOWN)])),
  };
}

function minus(ids: Iterable<string>, others: ReadonlySet<string>): string[] {
  return [...ids].filter((id) => !others.has(id));
}

function both(ids: Iterable<string>, others: ReadonlySet<string>): string[] {
  return [...ids].filter((id) => others.has(id));
}
