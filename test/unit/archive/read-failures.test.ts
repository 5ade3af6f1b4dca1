import { expect, it } from 'vitest';
import { type Entry, newReadCounts } from '../../../lib/archive/entry.ts';
import { readFailures } from '../../../lib/archive/read-failures.ts';
import { encodeFact } from '../../../lib/event/encode.ts';
import type { Fact } from '../../../lib/event/fact.ts';
import { InMemoryObjects } from '../../support/in-memory-objects.ts';
import { NOON_MS, received } from '../../support/timed-facts.ts';

const KEY = 'aws/lambda/uuid/shardId-000000000000/2026/03/01/2026-03-01T12.00.00-';
const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:dispatch';

function eventOf(facts: (Fact | string)[]) {
  const Records = facts.map((fact) => {
    const data = typeof fact === 'string' ? Buffer.from(fact) : encodeFact(fact);
    return { kinesis: { partitionKey: 'p', data: Buffer.from(data).toString('base64') } };
  });
  return { Records };
}

const record = (payload: unknown, functionArn = ARN) =>
  JSON.stringify({ requestContext: { functionArn, condition: 'RetryAttemptsExhausted' }, payload });

async function read(objects: InMemoryObjects, range?: { fromMs: number; toMs: number }) {
  const entries: Entry[] = [];
  const counts = newReadCounts();
  const options = { functionName: 'dispatch', counts, ...(range ? { range } : {}) };
  for await (const batch of readFailures(objects, options)) entries.push(...batch);
  const told = entries.map((entry) =>
    entry.kind === 'fact' ? entry.fact.eventId : `${entry.key.slice(KEY.length)}: ${entry.detail}`,
  );
  return { told, counts, entries };
}

it.each([
  ['a JSON text', (event: object) => JSON.stringify(event)],
  ['an object', (event: object) => event],
])('reads whole records from a payload that is %s', async (_, payloadOf) => {
  const objects = new InMemoryObjects();
  await objects.put(`${KEY}1`, record(payloadOf(eventOf([received('a'), received('b')]))));
  const { told, entries, counts } = await read(objects);
  expect(told).toEqual(['a', 'b']);
  expect(entries[1]).toMatchObject({
    key: `${KEY}1`,
    line: 2,
    text: Buffer.from(encodeFact(received('b'))).toString(),
  });
  expect(counts).toMatchObject({ objects: 1, facts: 2 });
});

it('leaves out what another function gave up, and knows a version or an alias of its own', async () => {
  const objects = new InMemoryObjects();
  await objects.put(
    `${KEY}1`,
    record(eventOf([received('other')]), ARN.replace('dispatch', 'project')),
  );
  await objects.put(`${KEY}2`, record(eventOf([received('own')]), `${ARN}:live`));
  expect((await read(objects)).told).toEqual(['own']);
});

it('goes by the time of the fact', async () => {
  const objects = new InMemoryObjects();
  const late = received('late', { atMs: NOON_MS + 10 });
  await objects.put(`${KEY}1`, record(eventOf([received('in time'), late])));
  const range = { fromMs: NOON_MS, toMs: NOON_MS + 10 };
  expect((await read(objects, range)).told).toEqual(['in time']);
});

it('reports what holds no records, and reads the rest', async () => {
  const objects = new InMemoryObjects();
  await objects.put(`${KEY}1`, 'not JSON');
  await objects.put(`${KEY}2`, record(undefined));
  await objects.put(`${KEY}3`, record('{"Records":'));
  await objects.put(`${KEY}4`, record({ Records: [{}, ...eventOf(['poison']).Records] }));
  await objects.put(`${KEY}5`, record(eventOf([received('a')])));
  const { told, counts } = await read(objects);
  expect(told).toEqual([
    '1: not an invocation record',
    '2: it holds no records, only what batch they were in',
    '3: it holds no records, only what batch they were in',
    '4: no Kinesis record',
    expect.stringContaining('4: not JSON'),
    'a',
  ]);
  expect(counts.damaged).toBe(5);
});
