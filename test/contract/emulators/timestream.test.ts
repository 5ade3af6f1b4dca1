import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  type _Record,
  CreateTableCommand,
  DescribeTableCommand,
  RejectedRecordsException,
  TimestreamWriteClient,
  WriteRecordsCommand,
} from '@aws-sdk/client-timestream-write';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { ensureTimestreamTable } from '../../../lib/aws/ensure-timestream-table.ts';
import { createTimestreamStatusWriter } from '../../../lib/aws/timestream-status-writer.ts';
import { createTimestreamWriteClient } from '../../../lib/aws/timestream-write-client.ts';
import { systemClock } from '../../../lib/clock.ts';
import type { Fact } from '../../../lib/event/fact.ts';
import { rowOf, type StatusRow } from '../../../lib/status/rows.ts';
import { startEmulators } from '../../../local/emulators/start-emulators.ts';
import {
  deadLetteredFact,
  deferredFact,
  deliveredFact,
  receivedFact,
} from '../../support/sample-facts.ts';
import { createTestLog } from '../../support/test-log.ts';
import { IDENTITY, startTestEmulators, temporaryFolder } from './test-emulators.ts';

const TABLE = { database: 'status', table: 'facts' };
const HOUR_MS = 3_600_000;

let dataDir: string;
let url: string;
let client: TimestreamWriteClient;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'timestream-'));
  const emulators = await startEmulators({ kinesisPort: 0, s3Port: 0, dataDir });
  url = emulators.timestreamUrl;
  client = createTimestreamWriteClient({ endpoint: url, identity: IDENTITY });
  await ensureTimestreamTable(client, { ...TABLE, memoryHours: 24, magneticDays: 30 });
  await createTable('memory-only', { hours: 1, magnetic: false });
  return async () => {
    await emulators.stop();
    await rm(dataDir, { recursive: true });
  };
});

/** Returns the service's rows of an event: its dimensions, and its measures by name. The emulator has no query API. */
function keptOf(eventId: string, folder = dataDir) {
  const database = new DatabaseSync(join(folder, 'timestream.sqlite'), { readOnly: true });
  const sql = 'SELECT dimensions, measures FROM records WHERE partition = ? ORDER BY identity';
  const found = database.prepare(sql).all(eventId);
  database.close();
  return found.map(
    ({ dimensions, measures }): Record<string, unknown> => ({
      ...JSON.parse(String(dimensions)),
      measures: JSON.parse(String(measures)),
    }),
  );
}

async function createTable(
  TableName: string,
  { hours, magnetic }: { hours: number; magnetic: boolean },
) {
  await client.send(
    new CreateTableCommand({
      DatabaseName: TABLE.database,
      TableName,
      RetentionProperties: {
        MemoryStoreRetentionPeriodInHours: hours,
        MagneticStoreRetentionPeriodInDays: 30,
      },
      MagneticStoreWriteProperties: { EnableMagneticStoreWrites: magnetic },
    }),
  );
}

function recordOf(id: string, { ageMs = 0, value = '1', version = 1 } = {}): _Record {
  return {
    Dimensions: [{ Name: 'event_id', Value: id }],
    MeasureName: 'fact',
    MeasureValueType: 'MULTI',
    MeasureValues: [{ Name: 'attempts', Value: value, Type: 'BIGINT' }],
    Time: String(Math.floor(Date.now() / 1000) * 1000 - ageMs),
    Version: version,
  };
}

async function write(Records: _Record[], TableName = TABLE.table) {
  const input = { DatabaseName: TABLE.database, TableName, Records };
  return client.send(new WriteRecordsCommand(input));
}

async function rejectionsOf(Records: _Record[], table?: string) {
  const error = await write(Records, table).then(
    () => undefined,
    (error) => error,
  );
  if (!(error instanceof RejectedRecordsException)) throw new Error(`not rejected: ${error}`);
  return error.RejectedRecords ?? [];
}

function rows(facts: Fact[]): StatusRow[] {
  return facts.map((fact) => {
    const reading = rowOf(fact);
    if (!reading.valid) throw new Error(reading.detail);
    return reading.row;
  });
}

function adapters(endpoint = url) {
  const log = createTestLog();
  const writer = createTimestreamStatusWriter({
    ...{ ...TABLE, clock: systemClock, log },
    client: createTimestreamWriteClient({ endpoint, identity: IDENTITY }),
  });
  return { log, writer };
}

const now = () => new Date().toISOString();
const untilMs = () => Date.now() + 10_000;

describe('the projection to Timestream', () => {
  test('keeps every row, by event', async () => {
    const { writer } = adapters();
    const eventId = 'it\'s; -- "ü" 100%';
    const replay = { runId: 'run-1', reason: 'target was down' };
    const written = rows([
      receivedFact({ eventId, at: now() }),
      deadLetteredFact({ eventId, at: now() }),
      deliveredFact({ eventId, at: now(), replay, verified: true }),
    ]);
    const others = rows([receivedFact({ eventId: 'another', at: now() })]);
    expect(await writer.write([...written, ...others], untilMs())).toEqual(
      Array(4).fill('written'),
    );
    const kept = keptOf(eventId);
    expect(kept.map((row) => row.type).toSorted()).toEqual([
      'deadLettered',
      'delivered',
      'received',
    ]);
    expect(kept).toContainEqual(
      expect.objectContaining({
        ...{ type: 'delivered', run_id: 'run-1' },
        measures: expect.objectContaining({ verified: expect.objectContaining({ value: 'true' }) }),
      }),
    );
    expect(keptOf('nobody')).toEqual([]);
  });

  test('keeps the return of a parked event beside its first receipt, which has the same time', async () => {
    const { writer } = adapters();
    const [eventId, at] = ['parked', now()];
    const written = rows([
      receivedFact({ eventId, at }),
      deferredFact({ eventId, at, deferral: 1 }),
      receivedFact({ eventId, at, mayRepeat: true, deferral: 1 }),
      deferredFact({ eventId, at, deferral: 2 }),
    ]);
    expect(await writer.write(written, untilMs())).toEqual(Array(4).fill('written'));
    expect(keptOf(eventId)).toHaveLength(4);
  });

  test('takes the same facts again without a second row', async () => {
    const { writer } = adapters();
    const [row] = rows([deliveredFact({ eventId: 'again', at: now() })]) as [StatusRow];
    for (let time = 0; time < 3; time++)
      expect(await writer.write([row, row], untilMs())).toEqual(['written', 'written']);
    expect(keptOf('again')).toHaveLength(1);
  });

  test('takes late facts into the magnetic store, and says which are too late', async () => {
    const { writer, log } = adapters();
    const at = (ageHours: number) => new Date(Date.now() - ageHours * HOUR_MS).toISOString();
    const facts = [1, 100, 31 * 24].map((hours) =>
      receivedFact({ eventId: 'late', at: at(hours) }),
    );
    expect(await writer.write(rows(facts), untilMs())).toEqual(['written', 'written', 'dropped']);
    expect(log.lines).toMatchObject([
      { level: 'warn', eventId: 'late', error: expect.stringContaining('outside the time range') },
    ]);
  });
});

describe('WriteRecords', () => {
  test('counts what it stored, by store', async () => {
    const { RecordsIngested } = await write([
      recordOf('counted'),
      recordOf('counted', { ageMs: 48 * HOUR_MS }),
    ]);
    expect(RecordsIngested).toEqual({ Total: 2, MemoryStore: 1, MagneticStore: 1 });
  });

  test('stores the rest of a request whose other records it rejects', async () => {
    const old = recordOf('partial', { ageMs: 2 * HOUR_MS });
    const ahead = recordOf('partial', { ageMs: -16 * 60_000 });
    const good = recordOf('partial');
    const rejections = await rejectionsOf([old, good, ahead], 'memory-only');
    expect(rejections).toMatchObject([
      { RecordIndex: 0, Reason: expect.stringContaining('outside the time range') },
      { RecordIndex: 2, Reason: expect.stringContaining('outside the time range') },
    ]);
    // It is there: another content with the same version is refused.
    const [again] = await rejectionsOf([{ ...good, MeasureValues: [measure('2')] }], 'memory-only');
    expect(again).toMatchObject({ RecordIndex: 0, ExistingVersion: 1 });
  });

  test('replaces a record by a higher version only', async () => {
    const first = recordOf('versions', { version: 5 });
    const changed = (version: number) => ({
      ...first,
      MeasureValues: [measure('2')],
      Version: version,
    });
    await write([first]);
    await write([first]);
    expect(await rejectionsOf([changed(5)])).toMatchObject([{ ExistingVersion: 5 }]);
    expect(await rejectionsOf([changed(4)])).toMatchObject([
      { ExistingVersion: 5, Reason: expect.stringContaining('lower') },
    ]);
    await write([changed(6)]);
    expect(await rejectionsOf([first])).toMatchObject([{ ExistingVersion: 6 }]);
  });

  test('rejects values that are not of their type, and records without the partition key', async () => {
    const { Dimensions, ...others } = recordOf('x');
    const keyless = { ...others, Dimensions: [{ Name: 'type', Value: 'received' }] };
    expect(await rejectionsOf([recordOf('types', { value: 'many' }), keyless])).toMatchObject([
      { RecordIndex: 0, Reason: expect.stringContaining('BIGINT') },
      { RecordIndex: 1, Reason: expect.stringContaining('event_id') },
    ]);
  });

  const good = recordOf('good');
  test.each<[what: string, records: _Record[], message: RegExp]>([
    ['no record', [], /greater than or equal to 1/],
    ['101 records', Array(101).fill(good), /less than or equal to 100/],
    [
      'an empty dimension',
      [{ ...good, Dimensions: [{ Name: 'event_id', Value: '' }] }],
      /equal to 1/,
    ],
    ['a long value', [recordOf('ä'.repeat(1025))], /less than or equal to 2048/],
    ['a long name', [{ ...good, MeasureValues: [measure('1', 'n'.repeat(257))] }], /equal to 256/],
    ['a reserved name', [{ ...good, MeasureValues: [measure('1', 'time')] }], /reserved/],
    ['no time', [{ ...good, Time: undefined }], /must have a time/],
    ['no measure', [{ ...good, MeasureValues: [] }], /has MeasureValues/],
    ['no dimension', [{ ...good, Dimensions: [] }], /at least one dimension/],
    ['version 0', [{ ...good, Version: 0 }], /at least 1/],
    ['a name twice', [{ ...good, MeasureValues: [measure('1'), measure('2')] }], /twice/],
  ])('refuses a request with %s', async (_, records, message) => {
    await expect(write(records)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(message),
    });
  });

  test('names a table that is not there', async () => {
    await expect(write([good], 'elsewhere')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: expect.stringContaining('status.elsewhere'),
    });
  });
});

function measure(Value: string, Name = 'attempts') {
  return { Name, Value, Type: 'BIGINT' as const };
}

describe('the endpoint', () => {
  test('describes the table that was made', async () => {
    const input = { DatabaseName: TABLE.database, TableName: TABLE.table };
    const { Table } = await client.send(new DescribeTableCommand(input));
    expect(Table).toMatchObject({
      TableStatus: 'ACTIVE',
      RetentionProperties: { MemoryStoreRetentionPeriodInHours: 24 },
      MagneticStoreWriteProperties: { EnableMagneticStoreWrites: true },
      Schema: { CompositePartitionKey: [{ Name: 'event_id', EnforcementInRecord: 'REQUIRED' }] },
    });
    const twice = new CreateTableCommand(input);
    await expect(client.send(twice)).rejects.toMatchObject({ name: 'ConflictException' });
  });

  test('is found by the SDK itself, through DescribeEndpoints', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', url);
    onTestFinished(() => void vi.unstubAllEnvs());
    const input = { DatabaseName: TABLE.database, TableName: TABLE.table };
    const discovering = new TimestreamWriteClient(IDENTITY);
    await discovering.send(new WriteRecordsCommand({ ...input, Records: [recordOf('found')] }));
    expect(keptOf('found')).toHaveLength(1);
  });

  test('keeps its rows when the process is killed', async () => {
    const folder = await temporaryFolder();
    const first = await startTestEmulators(folder);
    const writeClient = createTimestreamWriteClient({
      endpoint: first.timestreamUrl,
      identity: IDENTITY,
    });
    await ensureTimestreamTable(writeClient, { ...TABLE, memoryHours: 24, magneticDays: 30 });
    const [row] = rows([receivedFact({ eventId: 'kept', at: now() })]) as [StatusRow];
    await adapters(first.timestreamUrl).writer.write([row], untilMs());
    process.kill(first.pid, 'SIGKILL');
    await first.exited;
    expect(keptOf('kept', folder)).toHaveLength(1);
    const second = await startTestEmulators(folder);
    expect(await adapters(second.timestreamUrl).writer.write([row], untilMs())).toEqual([
      'written',
    ]);
    expect(keptOf('kept', folder)).toHaveLength(1);
  });
});
