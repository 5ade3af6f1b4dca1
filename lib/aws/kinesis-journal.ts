import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { fullJitterDelayMs } from '../backoff.ts';
import { messageOf } from '../errors.ts';
import { encodeFact } from '../event/encode.ts';
import type { Fact } from '../event/fact.ts';
import type { Log } from '../log.ts';
import type { Clock, Journal } from '../ports.ts';
import { appendFact } from './kinesis-append.ts';
import { chunkEntries } from './put-records-chunks.ts';

export interface KinesisJournalOptions {
  client: KinesisClient;
  streamName: string;
  clock: Clock;
  log: Log;
  /** Rounds of `PutRecords` for what was not taken, the first included. Default 6 (about 2 s of backoff). */
  rounds?: number;
}

interface Entry {
  PartitionKey: string;
  Data: Uint8Array;
  fact: Fact;
}

/**
 * The journal on a Kinesis stream. `PutRecords` answers 200 even when some of its records were refused
 * (`FailedRecordCount`), so each record's own result is read and only what failed is sent again.
 */
export function createKinesisJournal(options: KinesisJournalOptions): Journal {
  const { client, streamName, clock, log, rounds = 6 } = options;

  async function appendAll(facts: Fact[]): Promise<Fact[]> {
    let pending: Entry[] = facts.map((fact) => ({
      PartitionKey: fact.eventId,
      Data: encodeFact(fact),
      fact,
    }));
    for (let round = 0; pending.length > 0 && round < rounds; round++) {
      if (round > 0) await clock.sleep(fullJitterDelayMs(round, { baseMs: 50, maxMs: 1000 }));
      const failed: Entry[] = [];
      for (const chunk of chunkEntries(pending)) failed.push(...(await putChunk(chunk)));
      pending = failed;
    }
    return pending.map((entry) => entry.fact);
  }

  /** Answers the entries that the stream did not take. */
  async function putChunk(chunk: Entry[]): Promise<Entry[]> {
    try {
      const Records = chunk.map(({ PartitionKey, Data }) => ({ PartitionKey, Data }));
      const answer = await client.send(new PutRecordsCommand({ StreamName: streamName, Records }));
      if (!answer.FailedRecordCount) return [];
      return chunk.filter((_, index) => answer.Records?.[index]?.ErrorCode !== undefined);
    } catch (error) {
      log.warn('PutRecords failed and is tried again', {
        stream: streamName,
        records: chunk.length,
        error: messageOf(error),
      });
      return chunk;
    }
  }

  return { append: (fact) => appendFact(client, streamName, fact), appendAll };
}
