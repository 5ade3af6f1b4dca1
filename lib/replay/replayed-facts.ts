import type { FactEntry, Place } from '../archive/entry.ts';
import { readArchive } from '../archive/read-archive.ts';
import { readFailures } from '../archive/read-failures.ts';
import { payloadOf } from '../event/encode.ts';
import type { ReceivedFact, Replay } from '../event/fact.ts';
import { receiptSpanId, replayTraceId } from '../event/span-id.ts';
import type { FactStores } from './audit-sources.ts';
import type { Plan } from './plan.ts';

/** A chosen fact as it stands in its store. */
export interface ChosenFact extends Place {
  fact: ReceivedFact;
  /** As it stands there. */
  text: string;
}

/** Reads what was planned again, in the order of the archive: each chosen event once. */
export async function* chosenFacts(stores: FactStores, plan: Plan): AsyncGenerator<ChosenFact> {
  const { archive, failures, dispatchFunctionName: functionName } = stores;
  const { selection, wants } = plan;
  const { range } = selection;
  // Two objects at once are enough for what is appended at the pace of a share of the target's rate.
  const batches =
    selection.source === 'archive'
      ? readArchive(archive, { range: plan.archiveRange, unique: false, wants, parallel: 2 })
      : readFailures(failures, { range, functionName, wants });
  for await (const batch of batches)
    for (const entry of batch) if (entry.kind === 'fact' && plan.take(entry)) yield asChosen(entry);
}

function asChosen({ key, line, fact, text }: FactEntry): ChosenFact {
  return { key, line, fact: fact as ReceivedFact, text };
}

/**
 * The fact that replays an event: received now, in this run, with the payload exactly as the source sent it, in a trace of
 * its own that links to the receipt which it repeats. With `mayRepeat`, the target is asked whether it has the event before it is created. Pure.
 */
export function replayedFact(
  { fact, text }: ChosenFact,
  { replay, mayRepeat }: { replay: Replay; mayRepeat: boolean },
  nowMs: number,
): ReceivedFact {
  const { eventId, traceId, payload } = fact;
  const spanId = receiptSpanId({ ...fact, receivedAt: fact.at });
  return {
    v: 1,
    type: 'received',
    eventId,
    at: new Date(nowMs).toISOString(),
    traceId: replayTraceId(fact, replay.runId),
    replay,
    replayOf: { traceId, spanId },
    ...(mayRepeat ? { mayRepeat } : {}),
    payload: payloadOf(text) ?? payload,
  };
}
