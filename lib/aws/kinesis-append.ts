import { randomBytes } from 'node:crypto';
import { type KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { JournalUnavailableError, messageOf } from '../errors.ts';
import { encodeFact } from '../event/encode.ts';
import type { AppendToJournal } from '../ports.ts';

/** Failures before a request could reach the stream. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);

/** Appends one fact with `PutRecord`; its partition key is the event's id. Retries are the caller's: give `client` one attempt. */
export function createAppendToJournal(client: KinesisClient, streamName: string): AppendToJournal {
  return async (fact, { signal, elsewhere }) => {
    const command = new PutRecordCommand({
      StreamName: streamName,
      PartitionKey: fact.eventId,
      Data: encodeFact(fact),
      ...(elsewhere ? { ExplicitHashKey: randomHashKey() } : {}),
    });
    try {
      await client.send(command, { abortSignal: signal });
    } catch (error) {
      throw new JournalUnavailableError(
        `The stream ${streamName} did not take the fact of event ${fact.eventId}: ${messageOf(error)}`,
        { cause: error, mayHaveAppended: !isRefusal(error) },
      );
    }
  };
}

/** Whether the stream said no (its throttling included), or was never reached. */
function isRefusal(error: unknown): boolean {
  const { $fault, code } = error as { $fault?: string; code?: string };
  return $fault === 'client' || NEVER_SENT.has(code ?? '');
}

/** Any of the 2^128 hash keys that a stream's shards divide among them, in decimal. */
function randomHashKey(): string {
  return BigInt(`0x${randomBytes(16).toString('hex')}`).toString();
}
