import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { fullJitterDelayMs } from '../backoff.ts';
import { messageOf } from '../errors.ts';
import { encodeFact } from '../event/encode.ts';
import type { Fact } from '../event/fact.ts';
import type { Log } from '../log.ts';
import type { Clock, Journal } from '../ports.ts';
import { chunkEntries } from './put-records-chunks.ts';

interface KinesisJournalOptions {
  client: KinesisClient;
  streamName: string;
  clock: Clock;
  log: Log;
  /** Rounds of `PutRecords` for what was not taken, the first included. Default 6 (about 2 s of backoff). */
  rounds?: number;
}

/** Refusals of a request for what is in it: a record that is too large, a key that is too long. */
const REFUSED_FOR_GOOD = new Set([
  'ValidationException',
  'InvalidArgumentException',
  'SerializationException',
]);

function isRefusedForGood(error: unknown): boolean {
  return error instanceof Error && REFUSED_FOR_GOOD.has(error.name);
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

  async function appendAll(facts: Fact[], untilMs = Number.POSITIVE_INFINITY): Promise<Fact[]> {
    let pending: Entry[] = facts.map((fact) => ({
      PartitionKey: fact.eventId,
      Data: encodeFact(fact),
      fact,
    }));
    const isOver = () => clock.now() >= untilMs;
    for (let round = 0; pending.length > 0 && round < rounds && !isOver(); round++) {
      if (round > 0) await clock.sleep(fullJitterDelayMs(round, { baseMs: 50, maxMs: 1000 }));
      pending = await putAll(pending, isOver);
    }
    return pending.map((entry) => entry.fact);
  }

  async function putAll(entries: Entry[], isOver: () => boolean): Promise<Entry[]> {
    const failed: Entry[] = [];
    for (const chunk of chunkEntries(entries))
      failed.push(...(isOver() ? chunk : await putChunk(chunk)));
    return failed;
  }

  /** Answers the entries that the stream did not take. */
  async function putChunk(chunk: Entry[]): Promise<Entry[]> {
    try {
      const Records = chunk.map(({ PartitionKey, Data }) => ({ PartitionKey, Data }));
      const answer = await client.send(new PutRecordsCommand({ StreamName: streamName, Records }));
      if (!answer.FailedRecordCount) return [];
      return chunk.filter((_, index) => answer.Records?.[index]?.ErrorCode !== undefined);
    } catch (error) {
      if (isRefusedForGood(error) && chunk.length > 1) return putSeparately(chunk);
      log.warn('PutRecords failed and is tried again', {
        stream: streamName,
        records: chunk.length,
        error: messageOf(error),
      });
      return chunk;
    }
  }

  /** One record that Kinesis will never take must not keep the others from it. */
  async function putSeparately(chunk: Entry[]): Promise<Entry[]> {
    const half = chunk.length >> 1;
    return [...(await putChunk(chunk.slice(0, half))), ...(await putChunk(chunk.slice(half)))];
  }

  return { appendAll };
}
