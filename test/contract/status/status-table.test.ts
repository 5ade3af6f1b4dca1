import { BatchWriteItemCommand, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDynamoDbClient } from '../../../lib/aws/dynamodb-client.ts';
import { itemOf } from '../../../lib/aws/dynamodb-status-item.ts';
import { createDynamoDbStatusTable } from '../../../lib/aws/dynamodb-status-table.ts';
import { ensureEventsTable } from '../../../lib/aws/ensure-table.ts';
import { systemClock as clock } from '../../../lib/clock.ts';
import { conflictingBodies } from '../../../lib/event/conflicts.ts';
import type { Fact } from '../../../lib/event/fact.ts';
import { statusOfFacts } from '../../../lib/event/status-of-facts.ts';
import type { StatusTable } from '../../../lib/ports.ts';
import { rowOf, type StatusRow } from '../../../lib/status/rows.ts';
import { writeStatus } from '../../../lib/status/write-status.ts';
import { startDynalite } from '../../support/dynalite.ts';
import { InMemoryStatusTable } from '../../support/in-memory-status-table.ts';
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

function rowsOf(facts: Fact[]): StatusRow[] {
  return facts.map((fact) => {
    const reading = rowOf(fact);
    if (!reading.valid) throw new Error(reading.detail);
    return reading.row;
  });
}

const project = (table: StatusTable, facts: Fact[]) =>
  writeStatus(rowsOf(facts), { table, clock, log }, untilMs());

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

  it('cost two write units for an event that goes through, and eight for one that is parked once', async () => {
    const unitsOf = async (facts: Fact[]) => {
      const RequestItems = {
        [TableName]: rowsOf(facts).map((row) => ({ PutRequest: { Item: itemOf(row, 90) } })),
      };
      // Our emulator does not count capacity.
      const { ConsumedCapacity = [] } = await referenceClient.send(
        new BatchWriteItemCommand({ RequestItems, ReturnConsumedCapacity: 'TOTAL' }),
      );
      return ConsumedCapacity.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
    };
    const id = `${newId()}-${'x'.repeat(100)}`;
    expect(await unitsOf([received(id), delivered(id)])).toBe(2);
    // And four for the list: the mark and its entry in the index, written and removed.
    const parked = [received(id), deferred(id), received(id, { deferral: 1 }), delivered(id)];
    expect(await unitsOf(parked)).toBe(4);
  });
});
