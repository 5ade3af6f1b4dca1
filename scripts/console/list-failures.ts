import { readFailures } from '../../lib/archive/read-failures.ts';
import type { Failures } from '../../lib/console/console-source.ts';
import { type FailedEvent, groupFailures } from '../../lib/console/failure-groups.ts';
import { latestRun, statusOfFacts } from '../../lib/event/status-of-facts.ts';
import type { OpenEvents } from '../../lib/ports.ts';
import type { OpenEvent, OpenState } from '../../lib/status/problems.ts';
import type { TimelineEntry } from '../../lib/status/timeline.ts';
import type { Stack } from '../stack/stack.ts';
import { findEvents } from './find-events.ts';

/** Events that are listed of each state. */
const MOST = 500;

/** Events that are remembered. */
const REMEMBERED = 10 * MOST;

/** Events whose facts are read at once. */
const READ_AT_ONCE = 8;

/** Without a status table, events of this long ago are found. */
const LOOK_BACK_MS = 24 * 3_600_000;

const NO_TABLE =
  'There is no status table here (setting status_table), so the archive was read: events of the last 24 h, and without their messages.';

interface Listed {
  events: FailedEvent[];
  isAll: boolean;
}

/** Lists dead letters and parked events. An event is read once, and again when its state has changed. */
export function createFailureList(stack: Stack) {
  const known = new Map<string, FailedEvent>();

  async function listOpen(table: Pick<OpenEvents, 'listOpen'>, state: OpenState): Promise<Listed> {
    const open = await table.listOpen(state, MOST);
    const events: FailedEvent[] = [];
    const left = [...open];
    const readNext = async () => {
      for (let next = left.shift(); next; next = left.shift()) {
        const event = await readOpen(next);
        if (event) events.push(event);
      }
    };
    await Promise.all(Array.from({ length: READ_AT_ONCE }, readNext));
    const sorted = events.toSorted((a, b) => (a.since < b.since ? -1 : 1));
    return { events: sorted, isAll: open.length < MOST };
  }

  /** The index may be older than the facts. */
  async function readOpen({ eventId, state, since }: OpenEvent): Promise<FailedEvent | undefined> {
    const key = JSON.stringify([eventId, state, since]);
    const before = known.get(key);
    if (before) return before;
    const facts = (await stack.live?.statusTable?.of(eventId)) ?? [];
    if (statusOfFacts(facts) !== state) return undefined;
    const event = failedEventOf(eventId, state, facts);
    if (known.size >= REMEMBERED) known.clear();
    if (event) known.set(key, event);
    return event;
  }

  return {
    async read(): Promise<Failures> {
      const table = stack.live?.statusTable;
      const { deadLettered, deferred } = table
        ? {
            deadLettered: await listOpen(table, 'deadLettered'),
            deferred: await listOpen(table, 'deferred'),
          }
        : await fromArchive(stack);
      return {
        deadLetters: groupFailures(deadLettered.events),
        parked: groupFailures(deferred.events),
        isAll: { deadLetters: deadLettered.isAll, parked: deferred.isAll },
        givenUp: await listGivenUp(stack),
        notes: table ? [] : [NO_TABLE],
      };
    },
  };
}

/** The failure that an event's latest run ended with. Pure. */
function failedEventOf(
  eventId: string,
  state: OpenState,
  facts: readonly TimelineEntry[],
): FailedEvent | undefined {
  const last = latestRun(facts).findLast(({ type }) => type === state);
  if (last?.type === 'deadLettered')
    return { eventId, since: last.at, reason: last.reason, error: last.error };
  if (last?.type === 'deferred')
    return { eventId, since: last.at, error: last.error, dueAt: last.until };
  return undefined;
}

/** Reads the archive once for both states; the newest events of each. */
async function fromArchive(stack: Stack): Promise<Record<OpenState, Listed>> {
  const toMs = Date.now();
  const query = { fromMs: toMs - LOOK_BACK_MS, toMs };
  const { events } = await findEvents(stack, query, Number.POSITIVE_INFINITY);
  const of = (state: OpenState): Listed => {
    const open = events.filter((event) => event.state === state);
    return {
      isAll: open.length <= MOST,
      events: open.slice(0, MOST).map(({ eventId, lastAt, reason }) => ({
        ...{ eventId, since: lastAt },
        error: { code: '', message: reason ?? '', status: null },
      })),
    };
  };
  return { deadLettered: of('deadLettered'), deferred: of('deferred') };
}

/** Examples of what Lambda gave up. */
const EXAMPLES = 20;

async function listGivenUp({ failures, dispatchFunctionName: functionName }: Stack) {
  const events: FailedEvent[] = [];
  for await (const batch of readFailures(failures, { functionName }))
    for (const entry of batch) {
      if (events.length === EXAMPLES) return { events, isAll: false };
      if (entry.kind !== 'fact') continue;
      const since = new Date(entry.givenUpMs ?? entry.atMs).toISOString();
      const error = { code: '', message: 'Lambda gave its batch up', status: null };
      events.push({ eventId: entry.fact.eventId, since, error });
    }
  return { events, isAll: true };
}
