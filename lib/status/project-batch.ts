import { decodeFact } from '../event/decode.ts';
import type { BatchInput, BatchRecord } from '../kinesis-batch.ts';
import type { Log } from '../log.ts';
import type { RowOutcome, StatusWriter } from '../ports.ts';
import { lowestSequenceNumber } from '../sequence-number.ts';
import { rowOf, type StatusRow } from './rows.ts';

/** What an invocation came to; logged for each batch. */
export interface ProjectReport extends Record<RowOutcome, number> {
  records: number;
  /** Records that hold no fact, or one that no row can hold. */
  skipped: number;
  /** The record from which Lambda has to deliver again; absent when everything is settled. */
  lowestUnsettled: string | undefined;
}

/**
 * Writes one batch of the journal to the status table. A record that can have no row is logged and skipped: what is to
 * be done about it is dispatch's business. What was not written by `untilMs` is reported, to be delivered again.
 */
export async function projectBatch(
  { records }: BatchInput,
  { writer, log }: { writer: StatusWriter; log: Log },
  untilMs: number,
): Promise<ProjectReport> {
  const readings = records.map((record) => ({ record, reading: readRow(record) }));
  const rows: { record: BatchRecord; row: StatusRow }[] = [];
  for (const { record, reading } of readings) {
    if (reading.valid) rows.push({ record, row: reading.row });
    else log.warn('A record was skipped', { ...placeOf(record), error: reading.detail });
  }
  const outcomes = await writer.write(
    rows.map(({ row }) => row),
    untilMs,
  );
  const of = (outcome: RowOutcome) => rows.filter((_, index) => outcomes[index] === outcome);
  return {
    records: records.length,
    skipped: records.length - rows.length,
    written: of('written').length,
    superseded: of('superseded').length,
    dropped: of('dropped').length,
    unsettled: of('unsettled').length,
    lowestUnsettled: lowestSequenceNumber(
      of('unsettled').map(({ record }) => record.sequenceNumber),
    ),
  };
}

function readRow(record: BatchRecord) {
  const decoding = decodeFact(record.data);
  return decoding.valid ? rowOf(decoding.fact) : decoding;
}

function placeOf({ sequenceNumber, partitionKey }: BatchRecord) {
  return { sequenceNumber, partitionKey };
}
