import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import {
  ConditionalCheckFailedException,
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  ResourceNotFoundException,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDynamoDbClient } from '../../../lib/aws/dynamodb-client.ts';
import { ensureDispatchTable } from '../../../lib/aws/ensure-table.ts';
import { systemClock } from '../../../lib/clock.ts';
import { startDynamoDbEmulator } from '../../../local/dynamodb/dynamodb-emulator.ts';
import { countingProxy } from '../../support/counting-proxy.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { IDENTITY, startTestEmulators } from './test-emulators.ts';

const TableName = 'orchestrator-dispatch';
const Key = { id: { S: 'rate' } };

const fileIn = (folder: string) => join(folder, 'dynamodb.sqlite');

async function startTestEmulator(folder: string) {
  const emulator = await startDynamoDbEmulator({ port: 0, path: fileIn(folder) });
  let hasEnded = false;
  const end = async () => {
    if (!hasEnded) await emulator.close();
    hasEnded = true;
  };
  onTestFinished(end);
  const client = createDynamoDbClient({ endpoint: emulator.url, identity: IDENTITY });
  return { client, end };
}

/** Books the next start if it is still the one that was seen. */
const book = (client: DynamoDBClient, { seen, next }: { seen: number; next: number }) =>
  client.send(
    new UpdateItemCommand({
      TableName,
      Key,
      UpdateExpression: 'SET nextStart = :next',
      ConditionExpression: 'attribute_not_exists(nextStart) OR nextStart = :seen',
      ExpressionAttributeValues: { ':next': { N: String(next) }, ':seen': { N: String(seen) } },
      ReturnValues: 'ALL_NEW',
    }),
  );

async function nextStart(client: DynamoDBClient): Promise<string | undefined> {
  const { Item } = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
  return Item?.nextStart?.N;
}

describe('the table of start times', () => {
  it('is made once, as Terraform makes it', async () => {
    const { client } = await startTestEmulator(await temporaryFolder('dynamodb'));
    expect(await ensureDispatchTable(client, TableName, systemClock)).toEqual({ created: true });
    expect(await ensureDispatchTable(client, TableName, systemClock)).toEqual({ created: false });
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({
      TableStatus: 'ACTIVE',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    });
  });

  it('is missing, by name, until it is made', async () => {
    const { client } = await startTestEmulator(await temporaryFolder('dynamodb'));
    await expect(nextStart(client)).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  it('lets one of those that book at once win', async () => {
    const { client } = await startTestEmulator(await temporaryFolder('dynamodb'));
    await ensureDispatchTable(client, TableName, systemClock);
    const { Attributes } = await book(client, { seen: 0, next: 1_000.25 });
    expect(Attributes).toEqual({ ...Key, nextStart: { N: '1000.25' } });
    const booked = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => book(client, { seen: 1_000.25, next: 2_000 + n })),
    );
    const refused = booked.filter((one) => one.status === 'rejected');
    expect(refused).toHaveLength(19);
    for (const { reason } of refused)
      expect(reason).toBeInstanceOf(ConditionalCheckFailedException);
  });

  it('is there after a restart, with its items', async () => {
    const folder = await temporaryFolder('dynamodb');
    const first = await startTestEmulator(folder);
    await ensureDispatchTable(first.client, TableName, systemClock);
    await book(first.client, { seen: 0, next: 1_000 });
    await first.end();
    const second = await startTestEmulator(folder);
    expect(await ensureDispatchTable(second.client, TableName, systemClock)).toEqual({
      created: false,
    });
    expect(await nextStart(second.client)).toBe('1000');
  });

  it('keeps its items when the process is killed', async () => {
    const dataDir = await temporaryFolder('dynamodb');
    const first = await startTestEmulators(dataDir);
    const client = createDynamoDbClient({ endpoint: first.dynamoDbUrl, identity: IDENTITY });
    await ensureDispatchTable(client, TableName, systemClock);
    await book(client, { seen: 0, next: 1_000 });
    process.kill(first.pid, 'SIGKILL');
    await first.exited;
    const { dynamoDbUrl: endpoint } = await startTestEmulators(dataDir);
    expect(await nextStart(createDynamoDbClient({ endpoint, identity: IDENTITY }))).toBe('1000');
  });

  it('is asked over one connection by calls one after the other', async () => {
    const emulator = await startDynamoDbEmulator({
      port: 0,
      path: fileIn(await temporaryFolder('dynamodb')),
    });
    onTestFinished(() => emulator.close());
    const connections = await countingProxy(emulator.url);
    const client = createDynamoDbClient({ endpoint: connections.url, identity: IDENTITY });
    onTestFinished(() => client.destroy());
    await ensureDispatchTable(client, TableName, systemClock);
    for (let n = 0; n < 10; n++) await book(client, { seen: n * 1_000, next: (n + 1) * 1_000 });
    expect(connections.count()).toBe(1);
  });
});

describe('the emulator', () => {
  it('rejects when its port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const path = fileIn(await temporaryFolder('dynamodb'));
    await expect(startDynamoDbEmulator({ port, path })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      port,
    });
  });

  it('names a file that it cannot read, and what to do', async () => {
    const path = join(await temporaryFolder('dynamodb'), 'dynamodb.sqlite');
    await writeFile(path, 'no database, though as long as the header of one would be: '.repeat(20));
    await expect(startDynamoDbEmulator({ port: 0, path })).rejects.toThrow(
      `${path} cannot be used (file is not a database): restore it from a copy`,
    );
  });
});
