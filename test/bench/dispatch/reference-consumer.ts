import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { GraphQLClient } from 'graphql-request';
import pThrottle from 'p-throttle';
import type { ReceivedFact } from '../../../lib/event/fact.ts';
import type { BatchRecord } from '../../../lib/kinesis-batch.ts';
import { batchSizeFor } from '../../../local/effective-settings.ts';
import type { Consumer } from './our-consumer.ts';

/** The drain is given up at so many times the ideal. */
const GIVE_UP_AT_IDEAL = 3;

const CREATE = `mutation ($id: String!, $name: String!, $body: String!, $timestamp: Int!, $brand: String!) {
  createItem(id: $id, name: $name, body: $body, timestamp: $timestamp, brand: $brand) { id } }`;

/** What one would put together from well-kept parts: Powertools' batch processor with p-throttle and graphql-request. */
export const referenceConsumer: Consumer = async (
  backlog,
  { graphqlUrl, ratePerSecond, lanes },
) => {
  const size = batchSizeFor({ ratePerSecond, lanes, timeoutSeconds: 120 });
  await Promise.all(
    backlog.map(async (records) => {
      const client = new GraphQLClient(graphqlUrl);
      const throttle = pThrottle({
        limit: Math.max(1, ratePerSecond / lanes),
        interval: 1000,
        strict: true,
      });
      const create = throttle((payload: object) =>
        client.request(CREATE, { ...payload, brand: 'bench' }),
      );
      const processor = new BatchProcessor(EventType.KinesisDataStreams);
      // Every failure sends the rest of its batch again, which meets the limit again: it need not end in any useful time.
      const giveUpAtMs =
        Date.now() + (GIVE_UP_AT_IDEAL * records.length * lanes * 1000) / ratePerSecond;
      for (let from = 0; from < records.length && Date.now() < giveUpAtMs; )
        from += await process(records.slice(from, from + size), processor, create);
    }),
  );
};

/** One invocation; answers how many records its checkpoint passes. */
async function process(
  batch: BatchRecord[],
  processor: BatchProcessor,
  create: (payload: object) => Promise<unknown>,
): Promise<number> {
  const handle = async (record: KinesisStreamRecord) => {
    const fact = JSON.parse(Buffer.from(record.kinesis.data, 'base64').toString()) as ReceivedFact;
    await create(fact.payload as object).catch((error: Error) => {
      if (!error.message.includes('ALREADY_EXISTS')) throw error;
    });
  };
  const context = { context: {} as never, throwOnFullBatchFailure: false };
  const response = await processPartialResponse(eventOf(batch), handle, processor, context);
  const failed = new Set(response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  const lowest = batch.findIndex(({ sequenceNumber }) => failed.has(sequenceNumber));
  return lowest === -1 ? batch.length : lowest;
}

function eventOf(batch: BatchRecord[]): KinesisStreamEvent {
  const Records = batch.map(({ sequenceNumber, partitionKey, data }) => ({
    eventID: `shard:${sequenceNumber}`,
    kinesis: { sequenceNumber, partitionKey, data: Buffer.from(data).toString('base64') },
  }));
  return { Records } as unknown as KinesisStreamEvent;
}
