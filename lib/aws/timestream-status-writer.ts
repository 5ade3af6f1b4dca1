import {
  type RejectedRecord,
  RejectedRecordsException,
  type TimestreamWriteClient,
  WriteRecordsCommand,
} from '@aws-sdk/client-timestream-write';
import { type Backoff, fullJitterDelayMs } from '../backoff.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock, RowOutcome, StatusWriter } from '../ports.ts';
import type { StatusRow } from '../status/rows.ts';
import { recordOf } from './timestream-record.ts';

/** The most records of one `WriteRecords` (Timestream quotas). */
export const MAX_RECORDS = 100;

export interface TimestreamStatusWriterOptions {
  client: TimestreamWriteClient;
  database: string;
  table: string;
  clock: Clock;
  log: Log;
  backoff?: Backoff;
}

/** A request that will be refused again, for something that is in it. */
const REFUSED_FOR_GOOD = new Set(['ValidationException', 'SerializationException']);

/** What no further attempt of this invocation can change: a missing table, a missing permission. */
const OUT_OF_REACH = new Set(['ResourceNotFoundException', 'AccessDeniedException']);

interface Entry {
  row: StatusRow;
  outcome: RowOutcome;
}

/**
 * The status table in Timestream. `WriteRecords` stores what is right with a request and rejects the rest record by record:
 * a rejection is final, so each is judged and none is sent again.
 */
export function createTimestreamStatusWriter(options: TimestreamStatusWriterOptions): StatusWriter {
  const { client, database, table, clock, log } = options;
  const { backoff = { baseMs: 100, maxMs: 5000 } } = options;

  async function writeChunk(chunk: Entry[], untilMs: number): Promise<'goOn' | 'giveUp'> {
    for (let failures = 1; clock.now() < untilMs; failures++) {
      const error = await tryChunk(chunk);
      if (error === undefined) return 'goOn';
      if (REFUSED_FOR_GOOD.has(error.name)) return writeSeparately(chunk, error, untilMs);
      log.warn('WriteRecords failed', { records: chunk.length, error: messageOf(error) });
      if (OUT_OF_REACH.has(error.name)) return 'giveUp';
      const delayMs = fullJitterDelayMs(failures, backoff);
      if (clock.now() + delayMs >= untilMs) return 'giveUp';
      await clock.sleep(delayMs);
    }
    return 'giveUp';
  }

  /** Sets the outcomes, or answers the error of the whole request. */
  async function tryChunk(chunk: Entry[]): Promise<Error | undefined> {
    try {
      const Records = chunk.map(({ row }) => recordOf(row));
      await client.send(
        new WriteRecordsCommand({ DatabaseName: database, TableName: table, Records }),
      );
      settle(chunk, []);
    } catch (error) {
      // Without a list nobody knows which records were stored.
      if (!(error instanceof RejectedRecordsException) || !error.RejectedRecords?.length)
        return error as Error;
      settle(chunk, error.RejectedRecords);
    }
    return undefined;
  }

  function settle(chunk: Entry[], rejected: RejectedRecord[]): void {
    for (const entry of chunk) entry.outcome = 'written';
    for (const rejection of rejected) {
      const entry = chunk[rejection.RecordIndex ?? -1];
      if (!entry) continue;
      entry.outcome = isSuperseded(rejection) ? 'superseded' : 'dropped';
      if (entry.outcome === 'dropped')
        log.warn('The status table does not take a row', {
          ...nameOf(entry.row),
          error: rejection.Reason,
        });
    }
  }

  /** One record that Timestream will never take must not keep the others from it. */
  async function writeSeparately(
    chunk: Entry[],
    error: Error,
    untilMs: number,
  ): Promise<'goOn' | 'giveUp'> {
    const [first] = chunk;
    if (first && chunk.length === 1) {
      first.outcome = 'dropped';
      log.error('Timestream refuses a row', { ...nameOf(first.row), error: messageOf(error) });
      return 'goOn';
    }
    const half = chunk.length >> 1;
    const next = await writeChunk(chunk.slice(0, half), untilMs);
    return next === 'giveUp' ? next : writeChunk(chunk.slice(half), untilMs);
  }

  return {
    async write(rows, untilMs) {
      const entries = rows.map((row): Entry => ({ row, outcome: 'unsettled' }));
      for (const chunk of chunksOf(entries))
        if ((await writeChunk(chunk, untilMs)) === 'giveUp') break;
      return entries.map(({ outcome }) => outcome);
    },
  };
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

/** At most 100 in each, and none twice in one: a fact that was delivered twice goes into the next request. */
function chunksOf(entries: Entry[]): Entry[][] {
  const chunks: { entries: Entry[]; identities: Set<string> }[] = [];
  for (const entry of entries) {
    const { eventId, type, traceId, runId, atMs } = entry.row;
    const identity = JSON.stringify([eventId, type, traceId, runId, atMs]);
    const chunk = chunks.at(-1);
    if (!chunk || chunk.entries.length === MAX_RECORDS || chunk.identities.has(identity))
      chunks.push({ entries: [entry], identities: new Set([identity]) });
    else {
      chunk.entries.push(entry);
      chunk.identities.add(identity);
    }
  }
  return chunks.map((chunk) => chunk.entries);
}
