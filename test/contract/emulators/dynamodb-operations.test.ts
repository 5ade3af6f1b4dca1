import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  paginateQuery,
  paginateScan,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDynamoDbClient } from '../../../lib/aws/dynamodb-client.ts';
import { startDynalite } from '../../support/dynalite.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { IDENTITY, startSharedEmulators } from './test-emulators.ts';

type Item = Record<string, AttributeValue>;

const clients: Record<string, DynamoDBClient> = {};
beforeAll(async () => {
  const { emulators, end } = await startSharedEmulators();
  const dynalite = await startDynalite();
  const open = (endpoint: string) =>
    createDynamoDbClient({
      endpoint,
      identity: IDENTITY,
      maxAttempts: 1,
      attemptTimeoutMs: 10_000,
    });
  clients['the emulator'] = open(emulators.dynamoDbUrl);
  clients.dynalite = open(dynalite.url);
  return () => Promise.all([end(), dynalite.close()]);
});

let TableName: string;
beforeEach(() => {
  TableName = `t-${crypto.randomUUID()}`;
});

const text = (S: string): AttributeValue => ({ S });
const number = (N: string): AttributeValue => ({ N });

/** A table with a partition and a sort key, and a sparse index of keys only. */
async function createTable(client: DynamoDBClient): Promise<void> {
  const key = (hash: string, range: string) => [
    { AttributeName: hash, KeyType: 'HASH' as const },
    { AttributeName: range, KeyType: 'RANGE' as const },
  ];
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['id', 'fact', 'open', 'since'].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S' as const,
      })),
      KeySchema: key('id', 'fact'),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'open',
          KeySchema: key('open', 'since'),
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    }),
  );
  await waitUntil('the table to be ready', async () => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    return Table?.TableStatus === 'ACTIVE';
  });
}

const Key = { id: text('a'), fact: text('1') };

describe.each([['the emulator'], ['dynalite']])('DynamoDB by %s', (name) => {
  const client = () => clients[name] as DynamoDBClient;
  const put = (Item: Item) => client().send(new PutItemCommand({ TableName, Item }));
  const get = async () => (await client().send(new GetItemCommand({ TableName, Key }))).Item;
  const query = async (input: Omit<QueryCommandInput, 'TableName'>) =>
    (await client().send(new QueryCommand({ TableName, ...input }))).Items ?? [];
  const update = (input: Omit<UpdateItemCommandInput, 'TableName' | 'Key'>) =>
    client().send(new UpdateItemCommand({ TableName, Key, ReturnValues: 'ALL_NEW', ...input }));
  const refusalOf = (asked: Promise<unknown>) =>
    asked.then(
      () => 'taken',
      (error: Error) => error.name,
    );

  beforeEach(() => createTable(client()));

  it('makes a table once, lists, describes and deletes it', async () => {
    expect(await refusalOf(createTable(client()))).toBe('ResourceInUseException');
    expect((await client().send(new ListTablesCommand())).TableNames).toContain(TableName);
    const { Table } = await client().send(new DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({ TableStatus: 'ACTIVE', TableName });
    expect(Table?.GlobalSecondaryIndexes).toMatchObject([{ IndexName: 'open' }]);
    await client().send(new DeleteTableCommand({ TableName }));
    expect(await refusalOf(put(Key))).toBe('ResourceNotFoundException');
  });

  it('keeps every type of a value', async () => {
    const item: Item = {
      ...Key,
      number: number('-12.5'),
      binary: { B: new Uint8Array([0, 255]) },
      flag: { BOOL: false },
      nothing: { NULL: true },
      map: { M: { list: { L: [text('ü\u0000🎈'), number('1')] } } },
      names: { SS: ['a', 'b'] },
    };
    await put(item);
    expect(await get()).toEqual(item);
  });

  it('returns what was put last, until it is deleted', async () => {
    await put({ ...Key, n: number('1') });
    await put({ ...Key, n: number('2') });
    expect(await get()).toEqual({ ...Key, n: number('2') });
    await client().send(new DeleteItemCommand({ TableName, Key }));
    expect(await get()).toBeUndefined();
  });

  it.each<[string, Item]>([
    ['no sort key', { id: text('a') }],
    ['an empty key', { id: text(''), fact: text('1') }],
    ['a key of another type', { id: number('1'), fact: text('1') }],
  ])('refuses an item with %s', async (_, item) => {
    expect(await refusalOf(put(item))).toBe('ValidationException');
  });

  it.each<[condition: string, holds: boolean]>([
    ['attribute_exists(n)', true],
    ['attribute_not_exists(n) OR n < :five', true],
    ['attribute_not_exists(n) OR n > :five', false],
    ['n = :four AND t <> :text', false],
    ['NOT (n = :five) AND t = :text', true],
    ['n BETWEEN :four AND :five', true],
    ['n IN (:five, :text)', false],
    ['begins_with(t, :beginning)', true],
    ['contains(t, :part)', true],
    ['attribute_type(t, :type)', true],
    ['size(t) = :five', true],
    ['absent <> :five', true],
    ['absent < :five', false],
    ['t < :five', false],
    ['(n = :five OR t = :text) AND (n >= :four AND n <= :four)', true],
  ])('updates on the condition that %s', async (condition, holds) => {
    await put({ ...Key, n: number('4.0'), t: text('hello') });
    const values: Item = {
      ':four': number('4'),
      ':five': number('5'),
      ':text': text('hello'),
      ':beginning': text('he'),
      ':part': text('ell'),
      ':type': text('S'),
    };
    const used = Object.entries(values).filter(([key]) => condition.match(`${key}\\b`));
    const updating = update({
      UpdateExpression: 'SET done = :done',
      ConditionExpression: condition,
      ExpressionAttributeValues: { ':done': text('yes'), ...Object.fromEntries(used) },
    });
    expect(await refusalOf(updating)).toBe(holds ? 'taken' : 'ConditionalCheckFailedException');
    expect((await get())?.done).toEqual(holds ? text('yes') : undefined);
  });

  it('sets, adds and removes attributes in one update, all from the values before it', async () => {
    await put({ ...Key, n: number('1764177000123.457'), gone: text('x') });
    const { Attributes } = await update({
      UpdateExpression:
        'SET n = n + :length, #b = n, started = if_not_exists(started, :zero) REMOVE gone ADD beats :one',
      ExpressionAttributeNames: { '#b': 'before' },
      ExpressionAttributeValues: {
        ':length': number('10.543'),
        ':zero': number('0'),
        ':one': number('1'),
      },
    });
    expect(Attributes).toEqual({
      ...Key,
      n: number('1764177000134'),
      before: number('1764177000123.457'),
      started: number('0'),
      beats: number('1'),
    });
  });

  it('makes the item that an update does not find', async () => {
    const ExpressionAttributeValues = { ':n': number('3'), ':m': number('0.5') };
    await update({ UpdateExpression: 'SET n = :n - :m', ExpressionAttributeValues });
    expect(await get()).toEqual({ ...Key, n: number('2.5') });
  });

  it.each<[string, Omit<UpdateItemCommandInput, 'TableName' | 'Key'>]>([
    [
      'a sum with an attribute that is missing',
      { UpdateExpression: 'SET n = n + :n', ExpressionAttributeValues: { ':n': number('1') } },
    ],
    [
      'a value that is not used',
      { UpdateExpression: 'REMOVE n', ExpressionAttributeValues: { ':n': number('1') } },
    ],
    ['a value that is not defined', { UpdateExpression: 'SET n = :n' }],
    ['a name that is not defined', { UpdateExpression: 'REMOVE #n' }],
    [
      'another key',
      {
        UpdateExpression: 'SET id = :other',
        ExpressionAttributeValues: { ':other': text('b') },
      },
    ],
    ['a text that is no expression', { UpdateExpression: 'SET n := 1' }],
    [
      'a condition that ends too early',
      { UpdateExpression: 'REMOVE n', ConditionExpression: 'n =' },
    ],
  ])('refuses an update with %s', async (_, input) => {
    expect(await refusalOf(update(input))).toBe('ValidationException');
  });

  it('lets one of those that update at once win', async () => {
    const updates = Array.from({ length: 10 }, (_, n) =>
      update({
        UpdateExpression: 'SET n = :n',
        ConditionExpression: 'attribute_not_exists(n)',
        ExpressionAttributeValues: { ':n': number(String(n)) },
      }),
    );
    const taken = (await Promise.allSettled(updates)).filter(
      ({ status }) => status === 'fulfilled',
    );
    expect(taken).toHaveLength(1);
  });

  const batch = (requests: object[]) =>
    client().send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
  const putOf = (fact: string, more: Item = {}) => ({
    PutRequest: { Item: { id: text('a'), fact: text(fact), ...more } },
  });

  it('writes and deletes up to 25 items at once, each of them once', async () => {
    await put({ id: text('a'), fact: text('gone') });
    const requests = Array.from({ length: 24 }, (_, n) => putOf(String(n)));
    const removal = { DeleteRequest: { Key: { id: text('a'), fact: text('gone') } } };
    expect((await batch([...requests, removal])).UnprocessedItems).toEqual({});
    const found = await query({
      KeyConditionExpression: 'id = :id',
      ExpressionAttributeValues: { ':id': text('a') },
    });
    expect(found).toHaveLength(24);
    expect(await refusalOf(batch([putOf('x'), putOf('x')]))).toBe('ValidationException');
    expect(await refusalOf(batch([...requests, putOf('x'), putOf('y')]))).toBe(
      'ValidationException',
    );
  });

  it('finds a part of a partition, in the order of the bytes of the sort key', async () => {
    const facts = ['b', 'a', 'B', '~', 'é', '🎈', '\uffee'];
    for (const fact of facts) await put({ id: text('a'), fact: text(fact) });
    await put({ id: text('other'), fact: text('a') });
    const factsOf = async (input: Omit<QueryCommandInput, 'TableName'>) =>
      (await query(input)).map(({ fact }) => fact?.S);
    const all = {
      KeyConditionExpression: 'id = :id',
      ExpressionAttributeValues: { ':id': text('a') },
    };
    expect(await factsOf(all)).toEqual(['B', 'a', 'b', '~', 'é', '\uffee', '🎈']);
    expect(await factsOf({ ...all, ScanIndexForward: false, Limit: 2 })).toEqual(['🎈', '\uffee']);
    const part = {
      KeyConditionExpression: '#id = :id AND fact < :mark',
      ExpressionAttributeNames: { '#id': 'id' },
      ExpressionAttributeValues: { ':id': text('a'), ':mark': text('~') },
    };
    expect(await factsOf(part)).toEqual(['B', 'a', 'b']);
  });

  it('holds an item in a sparse index for as long as it has the attributes of its key', async () => {
    const list = () =>
      query({
        IndexName: 'open',
        KeyConditionExpression: '#open = :open',
        ExpressionAttributeNames: { '#open': 'open' },
        ExpressionAttributeValues: { ':open': text('yes') },
      });
    const entry = (fact: string, since: string) => ({
      ...{ id: text('a'), fact: text(fact), open: text('yes'), since: text(since) },
    });
    await put({ ...entry('2', 'later'), more: text('x') });
    await put(entry('1', 'early'));
    await put({ id: text('a'), fact: text('3'), open: text('yes') });
    expect(await list()).toEqual([entry('1', 'early'), entry('2', 'later')]);
    await put({ id: text('a'), fact: text('1') });
    await client().send(
      new DeleteItemCommand({ TableName, Key: { id: text('a'), fact: text('2') } }),
    );
    expect(await list()).toEqual([]);
  });

  it('gives a reader all items, page by page', async () => {
    const facts = Array.from({ length: 10 }, (_, n) => String(n));
    await batch(facts.map((fact) => putOf(fact, { open: text('yes'), since: text('now') })));
    const input = { TableName, KeyConditionExpression: 'id = :id' };
    const values = { ':id': text('a') };
    const read = [];
    const pages = paginateQuery(
      { client: client(), pageSize: 3 },
      { ...input, ExpressionAttributeValues: values },
    );
    for await (const { Items = [] } of pages) read.push(...Items.map(({ fact }) => fact?.S));
    expect(read).toEqual(facts);
    const listed = [];
    const open = {
      TableName,
      IndexName: 'open',
      KeyConditionExpression: '#open = :open',
      ExpressionAttributeNames: { '#open': 'open' },
      ExpressionAttributeValues: { ':open': text('yes') },
    };
    for await (const { Items = [] } of paginateQuery({ client: client(), pageSize: 4 }, open))
      listed.push(...Items.map(({ fact }) => fact?.S));
    expect(listed.toSorted()).toEqual(facts);
  });

  it('ends a page after a megabyte', async () => {
    const large = text('x'.repeat(200_000));
    for (let n = 0; n < 8; n++) await put({ id: text('a'), fact: text(String(n)), large });
    const input = {
      KeyConditionExpression: 'id = :id',
      ExpressionAttributeValues: { ':id': text('a') },
    };
    const command = new QueryCommand({ TableName, ...input });
    const { Items = [], LastEvaluatedKey } = await client().send(command);
    expect(Items.length).toBeGreaterThan(4);
    expect(Items.length).toBeLessThan(8);
    expect(LastEvaluatedKey).toEqual({ id: text('a'), fact: Items.at(-1)?.fact });
  });

  it('scans a table in segments, with a filter and a projection', async () => {
    for (let n = 0; n < 20; n++)
      await put({ id: text(`id-${n}`), fact: text('f'), n: number(`${n}`) });
    const found = [];
    for (const Segment of [0, 1, 2]) {
      const input = {
        ...{ TableName, Segment, TotalSegments: 3, ProjectionExpression: 'id' },
        FilterExpression: 'begins_with(id, :id) AND n >= :ten',
        ExpressionAttributeValues: { ':id': text('id'), ':ten': number('10') },
      };
      for await (const { Items = [] } of paginateScan({ client: client() }, input))
        found.push(...Items.map((item) => Object.keys(item).join() + item.id?.S));
    }
    expect(found.toSorted()).toEqual(Array.from({ length: 10 }, (_, n) => `idid-${n + 10}`));
    const { Count, ScannedCount } = await client().send(
      new ScanCommand({ TableName, Select: 'COUNT' }),
    );
    expect([Count, ScannedCount]).toEqual([20, 20]);
  });
});
