import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock, OpenEventChange, RowOutcome, StatusTable } from '../ports.ts';
import { isOfProblem, openEventOf } from './problems.ts';
import type { StatusRow } from './rows.ts';

export interface StatusServices {
  table: StatusTable;
  clock: Clock;
  log: Log;
}

/** Events whose facts are read at once. */
const READ_AT_ONCE = 8;

/**
 * Writes rows, then updates the list of open events: for each event with a problem it reads all facts and folds them, so that neither order
 * nor repetition matters. Returns each row's outcome, in order; a row is `unsettled` also when
 * the list could not be changed by `untilMs`. Never rejects.
 */
export async function writeStatus(
  rows: readonly StatusRow[],
  services: StatusServices,
  untilMs: number,
): Promise<RowOutcome[]> {
  const { table } = services;
  const outcomes = await table.write(rows, untilMs);
  const concerned = new Set(
    rows.flatMap((row, index) =>
      isOfProblem(row) && outcomes[index] === 'written' ? [row.eventId] : [],
    ),
  );
  const failed = await updateOpenEvents([...concerned], services, untilMs);
  return rows.map((row, index) =>
    failed.has(row.eventId) && isOfProblem(row) ? 'unsettled' : (outcomes[index] ?? 'unsettled'),
  );
}

/** Resolves with the events whose open state could not be read or written. */
async function updateOpenEvents(
  eventIds: readonly string[],
  { table, clock, log }: StatusServices,
  untilMs: number,
): Promise<Set<string>> {
  const failed = new Set<string>();
  const changes: OpenEventChange[] = [];
  const waiting = [...eventIds];
  const readNext = async () => {
    for (let eventId = waiting.pop(); eventId !== undefined; eventId = waiting.pop())
      try {
        if (clock.now() >= untilMs) throw new Error('no time is left');
        changes.push({ eventId, open: openEventOf(eventId, await table.of(eventId)) });
      } catch (error) {
        failed.add(eventId);
        log.warn('The open state of an event was not read', { eventId, error: messageOf(error) });
      }
  };
  await Promise.all(Array.from({ length: READ_AT_ONCE }, readNext));
  const outcomes = await table.setOpen(changes, untilMs);
  for (const [index, { eventId }] of changes.entries())
    if (outcomes[index] === 'unsettled') failed.add(eventId);
  return failed;
}
