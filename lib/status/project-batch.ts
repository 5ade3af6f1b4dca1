import { decodeFact } from '../event/decode.ts';
import type { Fact } from '../event/fact.ts';
import type { BatchInput, BatchRecord } from '../kinesis-batch.ts';
import type { ExportSpans, RowOutcome, SpanReport, StatusWriter } from '../ports.ts';
import { lowestSequenceNumber } from '../sequence-number.ts';
import { isOfProblem } from './problems.ts';
import { rowOf, type StatusRow } from './rows.ts';
import { type StatusServices, writeStatus } from './write-status.ts';

/** What an invocation came to; logged for each batch. */
interface ProjectReport extends Record<RowOutcome, number> {
  records: number;
  /** Records that hold no fact, or one that no row can hold. */
  skipped: number;
  /** Facts that the status table does not keep, since nothing was wrong with their events. */
  notKept: number;
  /** Rows that Timestream did not take; absent without it. */
  notInTimestream?: number;
  /** Absent where spans are not exported. */
  spans?: SpanReport;
  /** The record from which Lambda has to deliver again; absent when everything is settled. */
  lowestUnsettled: string | undefined;
}

/** The facts that the status table keeps: `problems` are those of events that were parked, dead-lettered, dismissed or replayed. */
export type KeptFacts = 'all' | 'problems';

interface ProjectServices extends Omit<StatusServices, 'table'> {
  /** Absent where there is no status table. */
  status: { table: StatusServices['table']; keeps: KeptFacts } | undefined;
  /** Absent where there is none. */
  timestream: StatusWriter | undefined;
  /** Absent where spans are not exported. */
  exportSpans?: ExportSpans | undefined;
}

/** The longest that Timestream may take for a batch, in milliseconds: it must not hold up the status table. */
const TIMESTREAM_MS = 5000;

interface RecordRow {
  record: BatchRecord;
  row: StatusRow;
  fact: Fact;
}

/**
 * Writes one batch of the journal to the status table. A record that can have no row is logged and skipped: what is to be done about it
 * is dispatch's business. What was not written by `untilMs` is reported, to be delivered again. Rows that Timestream does not take
 * in time are left out of it with a warning: `npm run project` writes them again. Spans are exported beside the write, whose result they do not change.
 */
export async function projectBatch(
  { records }: BatchInput,
  services: ProjectServices,
  untilMs: number,
): Promise<ProjectReport> {
  const { status, timestream, exportSpans, log } = services;
  const all = readRows(records, log);
  const kept = all.filter(({ row }) => status?.keeps === 'all' || (status && isOfProblem(row)));
  const [outcomes, spans] = await Promise.all([
    status ? writeStatus(rowsOf(kept), { ...services, table: status.table }, untilMs) : [],
    exportSpans?.(
      all.map(({ fact }) => fact),
      untilMs,
    ),
  ]);
  const of = (outcome: RowOutcome) => kept.filter((_, index) => outcomes[index] === outcome);
  return {
    records: records.length,
    skipped: records.length - all.length,
    notKept: all.length - kept.length,
    written: of('written').length,
    superseded: of('superseded').length,
    dropped: of('dropped').length,
    unsettled: of('unsettled').length,
    ...(timestream && { notInTimestream: await writeToTimestream(all, services, untilMs) }),
    ...(spans && { spans }),
    lowestUnsettled: lowestSequenceNumber(
      of('unsettled').map(({ record }) => record.sequenceNumber),
    ),
  };
}

const rowsOf = (all: RecordRow[]) => all.map(({ row }) => row);

function readRows(records: BatchRecord[], log: ProjectServices['log']): RecordRow[] {
  return records.flatMap((record) => {
    const decoding = decodeFact(record.data);
    const reading = decoding.valid ? readingOf(decoding.fact) : decoding;
    if (reading.valid) return [{ record, row: reading.row, fact: reading.fact }];
    const { sequenceNumber, partitionKey } = record;
    log.warn('A record was skipped', { sequenceNumber, partitionKey, error: reading.detail });
    return [];
  });
}

function readingOf(fact: Fact) {
  const reading = rowOf(fact);
  return reading.valid ? { ...reading, fact } : reading;
}

/** Resolves with the number of rows that are not there. */
async function writeToTimestream(
  all: RecordRow[],
  { timestream, clock, log }: ProjectServices,
  untilMs: number,
): Promise<number> {
  const until = Math.min(untilMs, clock.now() + TIMESTREAM_MS);
  const outcomes = (await timestream?.write(rowsOf(all), until)) ?? [];
  const missing = outcomes.filter((outcome) => outcome === 'unsettled' || outcome === 'dropped');
  if (missing.length > 0) log.warn('Rows are missing from Timestream', { rows: missing.length });
  return missing.length;
}
