import {
  BatchWriteItemCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDynamoDbClient } from '../../../lib/aws/dynamodb-client.ts';
import { createDynamoDbKnownReceipts } from '../../../lib/aws/dynamodb-known-receipts.ts';
import { itemOf, OPEN_MARK } from '../../../lib/aws/dynamodb-status-item.ts';
import { createDynamoDbStatusTable } from '../../../lib/aws/dynamodb-status-table.ts';
import { ensureEventsTable } from '../../../lib/aws/ensure-table.ts';
import { systemClock as clock } from '../../../lib/clock.ts';
import { conflictingBodies } from '../../../lib/event/conflicts.ts';
import type { Fact } from '../../../lib/event/fact.ts';
import { statusOfFacts } from '../../../lib/event/status-of-facts.ts';
import type { StatusTable } from '../../../lib/ports.ts';
import { writeStatus } from '../../../lib/status/write-status.ts';
import { startDynalite } from '../../support/dynalite.ts';
import { InMemoryStatusTable } from '../../support/in-memory-status-table.ts';
import { rowOfFact } from '../../support/status-rows.ts';
import { createTestLog } from '../../support/test-log.ts';
import {
  deadLettered,
  deferred,
  delivered,
  dismissed,
  isoTime,
  NOON_MS,
  received,
} from '../../support/timed-facts.ts';
import { IDENTITY, startSharedEmulators } from '../emulators/test-emulators.ts';

const TableName = 'events';
const log = createTestLog();

let client: DynamoDBClient;
let referenceClient: DynamoDBClient;
let dynamoDb: StatusTable;
let reference: StatusTable;
beforeAll(async () => {
  const { emulators, end } = await startSharedEmulators();
  const dynalite = await startDynalite();
  [client, dynamoDb] = await openTable(emulators.dynamoDbUrl);
  [referenceClient, reference] = await openTable(dynalite.url);
  return () => Promise.all([end(), dynalite.close()]);
});

async function openTable(endpoint: string): Promise<[DynamoDBClient, StatusTable]> {
  const opened = createDynamoDbClient({ endpoint, identity: IDENTITY, attemptTimeoutMs: 10_000 });
  await ensureEventsTable(opened, TableName, clock);
  const options = { client: opened, tableName: TableName, days: 90, clock, log };
  return [opened, createDynamoDbStatusTable(options)];
}

let count = 0;
const newId = () => `event-${count++}`;
const untilMs = () => Date.now() + 10_000;
const replay = { runId: 'r', reason: 'mended' };
const later = { atMs: NOON_MS + 60_000, replay };

const project = (table: StatusTable, facts: Fact[]) =>
  writeStatus(facts.map(rowOfFact), { table, clock, log }, untilMs());

const memory = new InMemoryStatusTable();

describe.each<[string, () => StatusTable]>([
  ['the emulator', () => dynamoDb],
  ['dynalite', () => reference],
  ['memory', () => memory],
])('the status table in %s', (_, table) => {
  it('gives back the facts of one event, in the order of its life, without payloads', async () => {
    const id = `${newId()} it's; -- "ü" 100% 🎈 #~`;
    const facts = [
      ...[received(id), deferred(id), received(id, { deferral: 1 })],
      ...[
        deadLettered(id, { atMs: NOON_MS + 70_000, deferral: 1 }),
        dismissed(id, { atMs: NOON_MS + 80_000 }),
      ],
      received(id, { atMs: NOON_MS + 90_000, replay }),
      delivered(id, { atMs: NOON_MS + 91_000, replay, verified: true }),
    ];
    const others = [received(`${id}x`), received(id.slice(1))];
    expect(await project(table(), [...facts.toReversed(), ...others])).toEqual(
      Array(9).fill('written'),
    );
    const found = await table().of(id);
    expect(found.map(({ type }) => type)).toEqual(facts.map(({ type }) => type));
    expect(found[0]).toMatchObject({ name: 'order.placed', digest: expect.any(String) });
    expect(found[1]).toEqual(facts[1]);
    expect(found.at(-1)).toEqual(facts.at(-1));
    expect(await table().of('nobody')).toEqual([]);
  });

  it('takes facts again, in any order, and the state stays the same', async () => {
    const life = (id: string) => [
      ...[received(id), deadLettered(id), received(id, later)],
      ...[deferred(id, { atMs: NOON_MS + 61_000, replay, deferral: 1 })],
    ];
    const order = fc.shuffledSubarray([0, 1, 2, 3, 0, 1, 2, 3], { minLength: 8 });
    await fc.assert(
      fc.asyncProperty(order, fc.integer({ min: 1, max: 7 }), async (indices, cut) => {
        const id = newId();
        const facts = indices.map((index) => life(id)[index] as Fact);
        await project(table(), facts.slice(0, cut));
        await project(table(), facts.slice(cut));
        const found = await table().of(id);
        expect(found).toHaveLength(4);
        expect(statusOfFacts(found)).toBe('deferred');
      }),
      { numRuns: 20 },
    );
  });

  it('keeps two bodies that came under one id in the same millisecond', async () => {
    const id = newId();
    await project(table(), [received(id), received(id, { name: 'order.shipped' }), received(id)]);
    expect(conflictingBodies(await table().of(id))).toMatchObject([
      { receivedAt: isoTime(NOON_MS) },
      { receivedAt: isoTime(NOON_MS) },
    ]);
  });

  it('lists the events that wait for something, and no others', async () => {
    const ids = { dead: newId(), parked: newId(), fine: newId(), mended: newId(), over: newId() };
    const open = async () => {
      const lists = ['deadLettered', 'deferred'] as const;
      const found = await Promise.all(lists.map((state) => table().listOpen(state, 10_000)));
      return found.flat().filter(({ eventId }) => Object.values(ids).includes(eventId));
    };
    await project(table(), [
      ...[deadLettered(ids.dead), received(ids.dead)],
      ...[received(ids.parked), deferred(ids.parked)],
      ...[received(ids.fine), delivered(ids.fine)],
      ...[received(ids.mended), deadLettered(ids.mended)],
      ...[received(ids.over), deadLettered(ids.over)],
    ]);
    expect((await open()).map(({ eventId }) => eventId).toSorted()).toEqual(
      [ids.dead, ids.parked, ids.mended, ids.over].toSorted(),
    );
    await project(table(), [
      dismissed(ids.over),
      received(ids.mended, later),
      delivered(ids.mended, { atMs: NOON_MS + 61_000, replay }),
      // Delivered once more by Lambda.
      ...[deadLettered(ids.mended), deadLettered(ids.over)],
    ]);
    expect(await open()).toEqual([
      { eventId: ids.dead, state: 'deadLettered', since: isoTime(NOON_MS + 1000) },
      { eventId: ids.parked, state: 'deferred', since: isoTime(NOON_MS + 1000) },
    ]);
  });

  it('lists those first that wait for the longest time, at most as many as are asked for', async () => {
    const ids = Array.from({ length: 30 }, newId);
    const atMs = (index: number) => NOON_MS - 86_400_000 + index;
    await project(
      table(),
      ids.map((id, index) => deferred(id, { atMs: atMs(index) })),
    );
    const listed = await table().listOpen('deferred', 20);
    expect(listed.map(({ eventId }) => eventId)).toEqual(ids.slice(0, 20));
  });
});

describe('the items in DynamoDB', () => {
  it('are more than one request takes, of many events and of one', async () => {
    const id = newId();
    const facts = Array.from({ length: 400 }, (_, index) =>
      received(id, { atMs: NOON_MS + index }),
    );
    const outcomes = await project(dynamoDb, facts);
    expect(new Set(outcomes)).toEqual(new Set(['written']));
    expect(await dynamoDb.of(id)).toHaveLength(400);
  });

  it('expire some days after their fact', async () => {
    const id = newId();
    await project(dynamoDb, [received(id), deadLettered(id)]);
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'id = :id',
        ExpressionAttributeValues: { ':id': { S: id } },
      }),
    );
    const at = NOON_MS / 1000 + 90 * 86_400;
    expect(Items.map(({ expires }) => Number(expires?.N))).toEqual([at, at + 1, at + 1]);
  });

  it('cost one write unit each: two for an event that goes through, four for one that is parked once, besides the list', async () => {
    const unitsOf = async (facts: Fact[]) => {
      const rows = facts.map(rowOfFact);
      const RequestItems = {
        [TableName]: rows.map((row) => ({ PutRequest: { Item: itemOf(row, 90) } })),
      };
      // Our emulator does not count capacity.
      const { ConsumedCapacity = [] } = await referenceClient.send(
        new BatchWriteItemCommand({ RequestItems, ReturnConsumedCapacity: 'TOTAL' }),
      );
      return ConsumedCapacity.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
    };
    const id = `${newId()}-${'x'.repeat(100)}`;
    expect(await unitsOf([received(id), delivered(id)])).toBe(2);
    const parked = [received(id), deferred(id), received(id, { deferral: 1 }), delivered(id)];
    expect(await unitsOf(parked)).toBe(4);
  });

  it('of the list are one small item for an open event, which is written once and deleted once', async () => {
    const id = newId();
    const marks = async () => {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'id = :id AND fact >= :mark',
          ExpressionAttributeValues: { ':id': { S: id }, ':mark': { S: OPEN_MARK } },
        }),
      );
      return Items;
    };
    await project(dynamoDb, [received(id), deferred(id)]);
    const [mark, ...others] = await marks();
    expect(others).toEqual([]);
    // With its entry in the index, which repeats it: two units to write, two to delete.
    expect(JSON.stringify(mark).length).toBeLessThan(512);
    await project(dynamoDb, [received(id, { deferral: 1 }), delivered(id, { deferral: 1 })]);
    expect(await marks()).toEqual([]);
  });
});

describe('the receipts in DynamoDB', () => {
  const DAY_MS = 86_400_000;
  const receiptsOf = async (range: { fromMs: number; toMs: number }, by = client) => {
    const receipts = createDynamoDbKnownReceipts({ client: by, tableName: TableName, days: 90 });
    const { share, batches } = await receipts.read(range);
    return { share, ids: (await Array.fromAsync(batches)).flat() };
  };

  it('are those of the range, each once, also with other facts of their events', async () => {
    const ids = Array.from({ length: 60 }, newId);
    const atMs = NOON_MS + 7 * DAY_MS;
    const [before = '', after = ''] = [newId(), newId()];
    await project(dynamoDb, [
      ...ids.map((id) => received(id, { atMs })),
      ...ids.slice(30).flatMap((id) => [deferred(id, { atMs }), deadLettered(id, { atMs })]),
      ...[received(before, { atMs: atMs - 1 }), delivered(before, { atMs })],
      received(after, { atMs: atMs + 1000 }),
    ]);
    const range = { fromMs: atMs, toMs: atMs + 1000 };
    const { share, ids: found } = await receiptsOf(range);
    expect(share).toBe(1);
    expect(found.toSorted()).toEqual(ids.toSorted());
    const all = await receiptsOf({ ...range, fromMs: Number.NEGATIVE_INFINITY });
    expect(all.ids).toEqual(expect.arrayContaining([...ids, before]));
    expect(all.ids).not.toContain(after);
  });

  it('are read in part of a table that is too large', async () => {
    const range = { fromMs: NOON_MS + 7 * DAY_MS, toMs: NOON_MS + 7 * DAY_MS + 1000 };
    const large = Object.create(client, {
      send: {
        value: (command: DescribeTableCommand) =>
          command instanceof DescribeTableCommand
            ? { Table: { ItemCount: 15_000_001 } }
            : client.send(command),
      },
    });
    const { share, ids } = await receiptsOf(range, large);
    expect(share).toBe(1 / 4);
    expect(ids.length).toBeLessThan(60);
  });
});
