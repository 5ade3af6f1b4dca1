import { type KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { JournalUnavailableError, messageOf } from '../errors.ts';
import { encodeFact } from '../event/encode.ts';
import type { Fact } from '../event/fact.ts';

/** Appends one fact with `PutRecord`; its partition key is the event's id. */
export async function appendFact(
  client: KinesisClient,
  streamName: string,
  fact: Fact,
): Promise<void> {
  try {
    await client.send(
      new PutRecordCommand({
        StreamName: streamName,
        PartitionKey: fact.eventId,
        Data: encodeFact(fact),
      }),
    );
  } catch (error) {
    throw new JournalUnavailableError(
      `The journal stream ${streamName} did not take the fact of event ${fact.eventId}: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
