import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Delivery, readRecord } from '../../../lib/dispatch/delivery.ts';
import { VerbatimPayload } from '../../../lib/event/encode.ts';
import type { SourceEvent } from '../../../lib/event/source-event.ts';
import type { Target } from '../../../lib/ports.ts';
import { type RunningTarget, startTarget } from '../../../local/target/start-target.ts';
import { createDefaultTarget } from '../../support/default-target.ts';
import { bytesOf, eventOf, type HttpExample, readExamples } from '../../support/http-examples.ts';
import { createIngestLab } from '../../support/ingest-lab.ts';

/** An accepted request, and the time that the target must get. */
type OddEvent = HttpExample & { seconds: number };

const categories = (await readExamples('odd-events')) as [string, OddEvent[]][];
const cases = (examples: OddEvent[]) =>
  examples.map((example): [string, OddEvent] => [example.name, example]);

let running: RunningTarget;
let target: Target;
beforeAll(async () => {
  running = await startTarget();
  target = createDefaultTarget(running.graphqlUrl, 'acme', 10_000);
});
afterAll(() => running?.close());

/** Accepts the request and gives the one record that is in the journal then. */
async function accept(example: OddEvent): Promise<string> {
  const { handle, records } = createIngestLab();
  const response = await handle(eventOf(example));
  expect(response).toMatchObject({ statusCode: 202 });
  const [record, ...others] = records();
  expect(others).toEqual([]);
  return record ?? '';
}

/** What dispatch makes of a record. */
function read(record: string): Delivery {
  const data = Buffer.from(record);
  const read = { sequenceNumber: '1', partitionKey: 'p', data, arrivedAtMs: 0 };
  const reading = readRecord(read, 0);
  if (reading.kind !== 'deliver') throw new Error(`dispatch would not deliver: ${reading.kind}`);
  return reading.delivery;
}

/** Asks the target as any client of it would. */
async function itemAtTarget(id: string): Promise<unknown> {
  const query = 'query ($id: String!) { getItem(id: $id) { id name body timestamp brand } }';
  const response = await fetch(running.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { id } }),
  });
  return ((await response.json()) as { data: { getItem: unknown } }).data.getItem;
}

describe.each(categories)('%s', (_category, examples) => {
  it.each(cases(examples))('%s arrives unchanged', async (_name, example) => {
    const json = bytesOf(example).toString();
    const sent = JSON.parse(json) as SourceEvent;

    const record = await accept(example);
    expect(record.endsWith(`,"payload":${new VerbatimPayload(json).json}}`)).toBe(true);
    expect(JSON.parse(record)).toMatchObject({ eventId: sent.id });
    expect(JSON.parse(record).payload).toEqual(sent);

    const { event } = read(record);
    const { verdicts } = await target.create([event], { traceId: 'f'.repeat(32) });
    expect(verdicts).toEqual([{ kind: 'delivered' }]);
    expect(await itemAtTarget(sent.id)).toEqual({
      id: sent.id,
      name: sent.name,
      body: sent.body,
      timestamp: example.seconds,
      brand: 'acme',
    });
  });
});
