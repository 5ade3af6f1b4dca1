import type { DeadLetteredFact, DismissedFact } from '../../lib/event/fact.ts';
import { latestRun, statusOfFacts } from '../../lib/event/status-of-facts.ts';
import type { TimelineEntry } from '../../lib/status/timeline.ts';

/** The decision about one event. */
type Dismissal =
  | { kind: 'fact'; fact: DismissedFact }
  | { kind: 'wasDismissed' }
  /** `detail` follows the event's name in a sentence. */
  | { kind: 'refused'; detail: string };

/** The fact that ends the event's dead letter, from all of its facts. It carries the dead letter's run, deferral and trace. Pure. */
export function dismissalOf(
  eventId: string,
  facts: readonly TimelineEntry[],
  { reason, nowMs }: { reason: string; nowMs: number },
): Dismissal {
  if (facts.length === 0) return { kind: 'refused', detail: 'is not known.' };
  const status = statusOfFacts(facts);
  if (status === 'dismissed') return { kind: 'wasDismissed' };
  const dead = latestRun(facts).findLast(isDeadLetter);
  if (status !== 'deadLettered' || !dead)
    return { kind: 'refused', detail: `is ${status}: only a dead letter can be dismissed.` };
  // The clock of the function that wrote it may be ahead.
  const atMs = Math.max(nowMs, Date.parse(dead.at));
  return {
    kind: 'fact',
    fact: {
      v: 1,
      type: 'dismissed',
      eventId,
      at: new Date(atMs).toISOString(),
      traceId: dead.traceId,
      ...(dead.replay ? { replay: dead.replay } : {}),
      ...(dead.deferral === undefined ? {} : { deferral: dead.deferral }),
      reason,
    },
  };
}

const isDeadLetter = (fact: TimelineEntry): fact is Omit<DeadLetteredFact, 'payload'> =>
  fact.type === 'deadLettered';
