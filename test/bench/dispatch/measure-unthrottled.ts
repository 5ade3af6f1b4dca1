import { GraphQLClient } from 'graphql-request';
import type { ReceivedFact } from '../../../lib/event/fact.ts';
import type { BatchRecord } from '../../../lib/kinesis-batch.ts';
import { type Drain, drain } from './drain.ts';
import { type Consumer, ourConsumer } from './our-consumer.ts';
import { referenceConsumer } from './reference-consumer.ts';

const EVENTS = 6000;
const CONCURRENCY = 16;
const UNLIMITED = 50_000;

const CREATE = `mutation createItem($id: String!, $name: String!, $body: String!, $timestamp: Int!, $brand: String!) {
  createItem(id: $id, name: $name, body: $body, timestamp: $timestamp, brand: $brand) { id } }`;

/** Nothing but the calls, as many at once as ours. */
const bareLoop: Consumer = async ([records = []], { graphqlUrl }) => {
  const client = new GraphQLClient(graphqlUrl);
  let next = 0;
  async function work(): Promise<void> {
    for (let record = records[next++]; record; record = records[next++])
      await client.request(CREATE, { ...payloadOf(record), brand: 'bench' });
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
};

function payloadOf(record: BatchRecord): object {
  return (JSON.parse(Buffer.from(record.data).toString()) as ReceivedFact).payload as object;
}

/** One lane without a limit: what dispatch costs beside the bare calls. Interleaved, so that a noisy machine is so for all. */
export async function measureUnthrottled(): Promise<void> {
  const consumers = { bare: bareLoop, ours: ourConsumer, reference: referenceConsumer };
  const runs: Record<string, Drain[]> = { bare: [], ours: [], reference: [] };
  for (let round = 0; round < 4; round++)
    for (const [name, consumer] of Object.entries(consumers)) {
      const options = { consumer, events: EVENTS, ratePerSecond: UNLIMITED, lanes: 1 };
      const result = await drain({ ...options, settings: {}, maxInFlight: CONCURRENCY });
      if (round > 0) runs[name]?.push(result);
    }
  console.log(
    '\nOne lane unthrottled, as ratios to a bare loop of graphql-request calls (medians of 3)',
  );
  console.log('consumer   events/s   ÷ bare   CPU ms an event   ÷ bare');
  const bare = {
    perSecond: perSecond(runs.bare),
    cpuMs: median(runs.bare?.map((run) => run.cpuMs)),
  };
  for (const [name, results] of Object.entries(runs)) {
    const rate = perSecond(results);
    const cpuMs = median(results.map((run) => run.cpuMs));
    console.log(
      `${name.padEnd(10)} ${rate.toFixed(0).padStart(8)} ${(rate / bare.perSecond).toFixed(2).padStart(8)} ` +
        `${cpuMs.toFixed(3).padStart(17)} ${(cpuMs / bare.cpuMs).toFixed(2).padStart(8)}`,
    );
  }
}

const perSecond = (runs: Drain[] = []) => EVENTS / median(runs.map((run) => run.seconds));

function median(values: number[] = []): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
