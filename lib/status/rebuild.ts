import type { Fact } from '../event/fact.ts';
import type { RowOutcome, StatusWriter } from '../ports.ts';
import { isOfProblem } from './problems.ts';
import type { KeptFacts } from './project-batch.ts';
import { rowOf, type StatusRow } from './rows.ts';
import { type StatusServices, writeStatus } from './write-status.ts';

/** What a rebuild came to, in facts. */
export interface RebuildReport extends Record<RowOutcome, number> {
  /** Facts that no row can hold. */
  skipped: number;
  /** Facts that the status table does not keep, since nothing was wrong with their events. */
  notKept: number;
  /** Rows that are not in Timestream; absent without it. */
  notInTimestream?: number;
}

/** A multiple of what one request to DynamoDB or Timestream takes. */
const ROWS_AT_ONCE = 500;

/** The longest that a table which cannot be reached is tried, in milliseconds. */
const MAX_WAIT_MS = 60_000;

interface RebuildServices extends Omit<StatusServices, 'table'> {
  /** Absent where there is no status table. */
  table: StatusServices['table'] | undefined;
  keeps: KeptFacts;
  /** Absent where there is none. */
  timestream?: StatusWriter | undefined;
}

/**
 * Writes facts to the status table, which may hold some of them, or none, and to Timestream where there is one. A row that is written again
 * changes nothing, so that it can be done at any time, beside live events. It ends early, with `unsettled` above zero, where the
 * status table cannot be reached. Timestream never ends it: once it takes nothing for a minute it is tried no more, and its rows are counted.
 */
export async function rebuildStatus(
  facts: AsyncIterable<Fact[]>,
  services: RebuildServices,
): Promise<RebuildReport> {
  const { keeps, clock, table } = services;
  const timestream = services.timestream && new TimestreamRows(services.timestream);
  const report = { written: 0, superseded: 0, dropped: 0, unsettled: 0, skipped: 0, notKept: 0 };
  const rows: StatusRow[] = [];

  async function write(): Promise<void> {
    const part = rows.splice(0);
    const kept = keeps === 'all' ? part : part.filter(isOfProblem);
    if (table) {
      const outcomes = await writeStatus(kept, { ...services, table }, clock.now() + MAX_WAIT_MS);
      for (const outcome of outcomes) report[outcome] += 1;
      report.notKept += part.length - kept.length;
    }
    if (report.unsettled === 0) await timestream?.write(part, clock.now() + MAX_WAIT_MS);
  }

  for await (const part of facts)
    for (const fact of part) {
      const reading = rowOf(fact);
      if (reading.valid) rows.push(reading.row);
      else report.skipped += 1;
      if (rows.length === ROWS_AT_ONCE) await write();
      if (report.unsettled > 0) return { ...report, ...timestream?.report };
    }
  await write();
  return { ...report, ...timestream?.report };
}

/** Writes rows to Timestream as long as it takes them, and counts those that are not there. */
class TimestreamRows {
  readonly #writer: StatusWriter;
  #missing = 0;
  #isAway = false;

  constructor(writer: StatusWriter) {
    this.#writer = writer;
  }

  async write(rows: readonly StatusRow[], untilMs: number): Promise<void> {
    const outcomes = this.#isAway
      ? rows.map(() => 'unsettled' as const)
      : await this.#writer.write(rows, untilMs);
    this.#isAway ||= outcomes.includes('unsettled');
    this.#missing += outcomes.filter(
      (outcome) => outcome === 'unsettled' || outcome === 'dropped',
    ).length;
  }

  get report(): { notInTimestream: number } {
    return { notInTimestream: this.#missing };
  }
}
