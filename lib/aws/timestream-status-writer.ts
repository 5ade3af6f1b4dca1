import {
  type RejectedRecord,
  RejectedRecordsException,
  type TimestreamWriteClient,
  WriteRecordsCommand,
} from '@aws-sdk/client-timestream-write';
import type { Backoff } from '../backoff.ts';
import type { Log } from '../log.ts';
import type { Clock, RowOutcome, StatusWriter } from '../ports.ts';
import type { StatusRow } from '../status/rows.ts';
import { createBatchWriter } from './batch-writer.ts';
import { recordOf } from './timestream-record.ts';

interface TimestreamStatusWriterOptions {
  client: TimestreamWriteClient;
  database: string;
  table: string;
  clock: Clock;
  log: Log;
  backoff?: Backoff;
}

/**
 * Rows in Timestream, which nothing here reads. `WriteRecords` stores what is right with a request and rejects the rest record by
 * record: a rejection is final, so each is judged and none is sent again.
 */
export function createTimestreamStatusWriter(options: TimestreamStatusWriterOptions): StatusWriter {
  const { client, database, table, log } = options;

  async function send(rows: StatusRow[]): Promise<RowOutcome[]> {
    try {
      const Records = rows.map(recordOf);
      await client.send(
        new WriteRecordsCommand({ DatabaseName: database, TableName: table, Records }),
      );
      return rows.map(() => 'written');
    } catch (error) {
      // Without a list nobody knows which records were stored.
      if (!(error instanceof RejectedRecordsException) || !error.RejectedRecords?.length)
        throw error;
      return outcomesOf(rows, error.RejectedRecords);
    }
  }

  function outcomesOf(rows: StatusRow[], rejected: RejectedRecord[]): RowOutcome[] {
    const outcomes = rows.map((): RowOutcome => 'written');
    for (const rejection of rejected) {
      const index = rejection.RecordIndex ?? -1;
      const row = rows[index];
      if (!row) continue;
      outcomes[index] = isSuperseded(rejection) ? 'superseded' : 'dropped';
      if (outcomes[index] === 'dropped')
        log.warn('Timestream does not take a row', { ...nameOf(row), error: rejection.Reason });
    }
    return outcomes;
  }

  const write = createBatchWriter<StatusRow>(
    {
      name: 'WriteRecords',
      // Timestream quotas.
      maxItems: 100,
      parallel: 1,
      identityOf: ({ eventId, type, traceId, runId, atMs }) =>
        JSON.stringify([eventId, type, traceId, runId, atMs]),
      describe: nameOf,
      send,
    },
    options,
  );
  return { write };
}

/**
 * The table holds that very row with this version or a later one. The reasons' words are not documented; they are those that
 * the service sends.
 */
function isSuperseded({ ExistingVersion, Reason = '' }: RejectedRecord): boolean {
  return ExistingVersion !== undefined || /higher (record )?version/i.test(Reason);
}

function nameOf({ eventId, type, atMs }: StatusRow) {
  return { eventId, type, factAt: new Date(atMs).toISOString() };
}
