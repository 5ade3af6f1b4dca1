import type { Fact } from '../event/fact.ts';
import type { Clock, RowOutcome, StatusWriter } from '../ports.ts';
import { rowOf, type StatusRow } from './rows.ts';

/** What a rebuild came to, in facts. */
export interface RebuildReport extends Record<RowOutcome, number> {
  /** Facts that no row can hold. */
  skipped: number;
}

/** Written at once: several of Timestream's requests of 100, one beside the other. */
const ROWS_AT_ONCE = 400;
const ROWS_OF_A_REQUEST = 100;

/** How long a table that cannot be reached is tried, in milliseconds. */
const PATIENCE_MS = 60_000;

/**
 * Writes facts to the status table, which may hold some of them, or none. A row that is written again changes nothing, so that it can be
 * done at any time, beside live events. It ends early, with `unsettled` above zero, where the table cannot be reached.
 */
export async function rebuildStatus(
  facts: AsyncIterable<Fact[]>,
  { writer, clock }: { writer: StatusWriter; clock: Clock },
): Promise<RebuildReport> {
  const report = { written: 0, superseded: 0, dropped: 0, unsettled: 0, skipped: 0 };
  const rows: StatusRow[] = [];

  async function write(): Promise<void> {
    const requests: StatusRow[][] = [];
    while (rows.length > 0) requests.push(rows.splice(0, ROWS_OF_A_REQUEST));
    const untilMs = clock.now() + PATIENCE_MS;
    const outcomes = await Promise.all(requests.map((part) => writer.write(part, untilMs)));
    for (const outcome of outcomes.flat()) report[outcome] += 1;
  }

  for await (const part of facts)
    for (const fact of part) {
      const reading = rowOf(fact);
      if (reading.valid) rows.push(reading.row);
      else report.skipped += 1;
      if (rows.length === ROWS_AT_ONCE) await write();
      if (report.unsettled > 0) return report;
    }
  await write();
  return report;
}
