import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPipelineSettings } from '../../../lib/settings.ts';
import { athenaQueryUsd } from '../../../scripts/cost/archive-storage.ts';
import { byService, estimate } from '../../../scripts/cost/estimate.ts';
import type { Options, Workload } from '../../../scripts/cost/workload.ts';
import { SETTINGS_FILE } from '../../../scripts/settings-file.ts';

const SETTINGS = {
  ...(await readPipelineSettings(SETTINGS_FILE)),
  shard_count: 1,
  stream_retention_hours: 168,
  authorize_cache_seconds: 300,
  authorize_keys_ttl_seconds: 60,
  authorize_memory_mb: 256,
  ingest_memory_mb: 512,
  dispatch_memory_mb: 512,
  dispatch_batch_size: 1200,
  dispatch_parallelization_factor: 1,
  recover_memory_mb: 256,
  recover_schedule_minutes: 1,
  project_memory_mb: 256,
  project_batch_size: 500,
  project_batching_window_seconds: 1,
  project_parallelization_factor: 1,
  archive_buffer_seconds: 60,
  archive_buffer_mib: 5,
};
const OPTIONS: Options = { streamMode: 'PROVISIONED', statusTable: 'off', timestream: false };
const WORKLOAD: Workload = { eventsPerDay: 100e6 / 30, ratePerSecond: 100, eventBytes: 500 };

function billOf(name: string, workload = WORKLOAD, options = OPTIONS) {
  const design = estimate(workload, SETTINGS, options).designs.find((one) => one.name === name);
  if (!design) throw new Error(`No design ${name}`);
  return design;
}

function usdOf(name: string, position: string, workload = WORKLOAD, options = OPTIONS) {
  const lines = billOf(name, workload, options).lines;
  const found = lines.filter(({ service, item }) => `${service}: ${item}` === position);
  expect(found, position).toHaveLength(1);
  return found[0]?.usd;
}

// 100 million events a month of 500 bytes, at most 100 a second; every figure reckoned by hand, in US dollars.
const GIB = 1.073741824; // 10^9 bytes
const STORED = (100 * 0.716 + 100 * 0.28) / 4 / GIB; // hundredths of 10^9 facts of each kind, a quarter when compressed

describe('the bill of 100 million events', () => {
  it.each([
    ['API Gateway: HTTP API', 100],
    ['Lambda: authorize: invocations', (0.02592 * 20) / 100], // 3 keys every 300 s
    ['Lambda: authorize: duration', 97.2 * 0.0000133334],
    ['Lambda: ingest: invocations', 20],
    ['Lambda: ingest: duration', 13.3334], // 20 ms of 0.5 GB
    ['Lambda: dispatch: invocations', 0.2 * (2.592 + 0.0833333333)],
    ['Lambda: dispatch: duration', 9.34205], // (10^6 s of pacing + 2,675,333 × 150 ms) of 0.5 GB
    ['Lambda: recover: invocations', 0.01064],
    ['Lambda: recover: duration', 2660 * 0.0000133334],
    ['DynamoDB: start times and notes', 47.37513], // of 2,675,333 batches and 1,401,300 s of sending: 8,280,533 bookings, and 6,751,967 notes of 10 KB
    ['Kinesis: shards', 10.8],
    ['Kinesis: records', 2.8],
    ['Kinesis: retention beyond a day', 14.4],
    ['Firehose: facts and curated', 2 * 953.67431640625 * 0.029], // 200 million times 5 KB
    ['Firehose: conversion to Parquet', 953.67431640625 * 0.018],
    ['S3: standard', STORED * (1 + 3) * 0.023],
    ['S3: infrequent access', STORED * (5 + 9) * 0.0125],
    ['S3: instant retrieval', STORED * 6 * 0.004],
    ['S3: to infrequent access', 0.5184], // an object a minute, and one every five
    ['S3: to instant retrieval', 0.864],
    ['S3: writes and lists', 0.5252],
    ['S3: reads of what spilled', 0.004],
    ["Athena: queries of a day's facts", ((STORED / 30) * 100 * 5) / 1024],
    ['KMS: key', 1],
    ['KMS: requests', (34_560 + 8640 + 518.4 + 25_920) * 0.000003],
    ['Secrets Manager: secret', 0.4],
    ['Secrets Manager: requests', 0.1296],
    ['CloudWatch: logs taken in', (102.2472 / GIB) * 0.5],
    ['CloudWatch: logs kept', (102.2472 / GIB) * 0.15 * 0.03],
    ['CloudWatch: metrics', 27.0],
    ['CloudWatch: alarms', 2.8],
    ['CloudWatch: dashboard', 3],
    ['Data transfer: answers and calls', (200 / GIB) * 0.09],
  ])('of this system says for %s what it should', (position, usd) => {
    expect(usdOf('journal', position)).toBeCloseTo(usd, 3);
  });

  it('has no other position', () => {
    expect(billOf('journal').lines).toHaveLength(33);
  });

  it.each([
    ['table', 'Lambda: consumer: invocations', 2],
    ['table', 'Lambda: consumer: duration', 6.6667],
    ['table', 'DynamoDB: writes', 62.5],
    ['table', 'DynamoDB: storage', (600 / GIB) * 0.25],
    ['table', 'EventBridge: Pipe', 40],
    ['table', 'SQS: requests', 12.2592], // 30 million, and 648,000 that find nothing
    ['bus', 'EventBridge: custom events', 100],
    ['bus', 'EventBridge: API destination', 20],
    ['bus', 'EventBridge: archive: taken in', (50 / GIB) * 0.1],
    ['bus', 'EventBridge: archive: kept', (600 / GIB) * 0.023],
  ])('of the %s says for %s what it should', (name, position, usd) => {
    expect(usdOf(name, position)).toBeCloseTo(usd, 3);
  });

  it('shares front and transfer between the designs', () => {
    for (const name of ['table', 'bus'])
      for (const position of [
        'API Gateway: HTTP API',
        'Lambda: authorize: invocations',
        'Data transfer: answers and calls',
      ])
        expect(usdOf(name, position)).toBe(usdOf('journal', position));
  });
});

describe('variants', () => {
  it('charges an on-demand stream by what is written, read three times, and kept', () => {
    const options: Options = { ...OPTIONS, streamMode: 'ON_DEMAND' };
    const written = (200e6 * 1024) / 1024 ** 3; // both facts are below 1 KB
    const read = (99.6 / GIB) * 3;
    const usd = (item: string) => usdOf('journal', `Kinesis: ${item}`, WORKLOAD, options);
    expect(usd('stream')).toBeCloseTo(28.8, 6);
    expect(usd('written')).toBeCloseTo(written * 0.08, 6);
    expect(usd('read')).toBeCloseTo(read * 0.04, 6);
    expect(usd('retention beyond a day')).toBeCloseTo(((written * 144) / 720) * 0.1, 6);
  });

  it('adds a write unit for each fact, and 90 days of them, when all are kept', () => {
    const options: Options = { ...OPTIONS, statusTable: 'all' };
    const usd = (position: string) => usdOf('journal', position, WORKLOAD, options);
    const itemsGb = 84 / GIB; // 200 million items of 420 bytes
    expect(usd('DynamoDB: status, writes')).toBeCloseTo(200 * 0.625, 6);
    expect(usd('DynamoDB: status, storage')).toBeCloseTo(itemsGb * 3 * 0.25, 6);
    expect(usd('DynamoDB: status, point-in-time recovery')).toBeCloseTo(itemsGb * 3 * 0.2, 6);
    expect(usd('Lambda: project: invocations')).toBeCloseTo(0.5984, 4);
    const problems = estimate(WORKLOAD, SETTINGS, { ...OPTIONS, statusTable: 'problems' });
    const items = problems.designs[0]?.lines.map(({ item }) => item) ?? [];
    expect(items).toContain('project: invocations');
    expect(items.filter((item) => item.startsWith('status,'))).toEqual([]);
  });

  it('adds Timestream, project and its alarms when facts go there', () => {
    const options: Options = { ...OPTIONS, timestream: true };
    const usd = (position: string) => usdOf('journal', position, WORKLOAD, options);
    const rowsGb = 50 / GIB; // 200 million rows of 250 bytes
    expect(usd('Timestream: writes')).toBeCloseTo((50e9 / 1024 / 1e6) * 0.5, 3);
    expect(usd('Timestream: memory store')).toBeCloseTo(rowsGb * 24 * 0.036, 3);
    expect(usd('Timestream: magnetic store')).toBeCloseTo(rowsGb * 12 * 0.03, 3);
    // once a second, and full batches: 2,992,000 of 100 ms and 0.25 GB
    expect(usd('Lambda: project: invocations')).toBeCloseTo(0.5984, 4);
    expect(usd('Lambda: project: duration')).toBeCloseTo(0.997338, 4);
    expect(usd('CloudWatch: alarms')).toBeCloseTo(3.1, 6);
    expect(usd('CloudWatch: metrics')).toBeCloseTo(28.8, 6);
  });

  it('asks authorize for every event where verdicts are not cached', () => {
    const uncached = { ...SETTINGS, authorize_cache_seconds: 0 };
    const [journal] = estimate(WORKLOAD, uncached, OPTIONS).designs;
    const line = journal?.lines.find(({ item }) => item === 'authorize: invocations');
    expect(line?.quantity).toBeCloseTo(100e6, 3);
  });

  it('leaves objects below 128 KB in the first class, where they are not moved', () => {
    const few = { ...WORKLOAD, eventsPerDay: 1e6 / 30 };
    const [journal] = estimate(few, SETTINGS, OPTIONS).designs;
    const quantities = (journal?.lines ?? [])
      .filter(({ item }) => /^(to )?(infrequent|instant)/.test(item))
      .map(({ quantity }) => quantity);
    expect(quantities).toEqual([0, 0, 0, 0]);
    expect(usdOf('journal', 'S3: standard', few)).toBeCloseTo((STORED / 100) * 24 * 0.023, 5);
  });

  it('charges nothing for start times while nothing is sent', () => {
    const hardly = { ...WORKLOAD, eventsPerDay: 1 };
    // 30 batches of 160 ms
    expect(usdOf('journal', 'DynamoDB: start times and notes', hardly)).toBeLessThan(0.0001);
  });

  it('books for every busy lane', () => {
    const one = { ...WORKLOAD, eventsPerDay: 8_640_000 };
    const two = { ...SETTINGS, dispatch_parallelization_factor: 2 };
    const bookings = (settings: typeof SETTINGS) =>
      estimate(one, settings, OPTIONS).designs[0]?.lines.find(
        ({ item }) => item === 'start times and notes',
      )?.quantity ?? Number.NaN;
    const events = 8_640_000 * 30;
    // Each lane runs all the time, and starts a batch a second at most besides its full ones. Four bookings a second serve all lanes, and so does a note.
    const seconds = 2_592_000;
    const [batchesOfOne, batchesOfTwo] = [seconds + events / 1200, 2 * seconds + events / 1200];
    // A note is charged for 23 KB with one lane, and for 24 KB with two: 25 s of events, and their batches.
    expect(bookings(SETTINGS)).toBeCloseTo(
      4 * seconds + batchesOfOne + 23 * (seconds + 2 * batchesOfOne),
      3,
    );
    expect(bookings(two)).toBeCloseTo(
      4 * seconds + batchesOfTwo + 24 * (seconds + 2 * batchesOfTwo),
      3,
    );
  });

  it('never runs dispatch for longer than the month has lane-seconds', () => {
    const full = { ...WORKLOAD, eventsPerDay: 1e8 };
    const usd = usdOf('journal', 'Lambda: dispatch: duration', full);
    const shards = estimate(full, SETTINGS, OPTIONS).shards;
    expect(usd).toBeCloseTo(shards * 2_592_000 * 0.5 * 0.0000133334, 6);
  });

  it('charges a query by what it scans, 10 MB at least', () => {
    expect(athenaQueryUsd(1024)).toBeCloseTo(5, 9);
    expect(athenaQueryUsd(0)).toBeCloseTo((10 / 1024 ** 2) * 5, 12);
  });
});

const workloads = fc.record({
  eventsPerDay: fc.integer({ min: 1, max: 400_000_000 }),
  ratePerSecond: fc.integer({ min: 1, max: 10_000 }),
  eventBytes: fc.integer({ min: 2, max: 262_144 }),
});
const options = fc.record({
  streamMode: fc.constantFrom<Options['streamMode']>('PROVISIONED', 'ON_DEMAND'),
  statusTable: fc.constantFrom<Options['statusTable']>('all', 'problems', 'off'),
  timestream: fc.boolean(),
});

describe('every bill', () => {
  it('adds up, by position and by service', () => {
    fc.assert(
      fc.property(workloads, options, (workload, chosen) => {
        for (const { lines, totalUsd } of estimate(workload, SETTINGS, chosen).designs) {
          const services = [...byService(lines).values()].reduce((sum, usd) => sum + usd, 0);
          expect(services).toBeCloseTo(totalUsd, 4);
          expect(lines.every(({ quantity, usd }) => quantity >= 0 && usd >= 0)).toBe(true);
        }
      }),
    );
  });

  it('is higher for twice the events, and not lower for larger ones', () => {
    fc.assert(
      fc.property(workloads, options, (workload, chosen) => {
        const twice = { ...workload, eventsPerDay: workload.eventsPerDay * 2 };
        const larger = { ...workload, eventBytes: workload.eventBytes * 2 };
        for (const { name, totalUsd } of estimate(workload, SETTINGS, chosen).designs) {
          expect(billOf(name, twice, chosen).totalUsd).toBeGreaterThan(totalUsd);
          expect(billOf(name, larger, chosen).totalUsd).toBeGreaterThanOrEqual(totalUsd);
        }
      }),
    );
  });

  it.each([
    ['journal', 'API Gateway: HTTP API'],
    ['journal', 'Lambda: ingest: duration'],
    ['journal', 'Kinesis: records'],
    ['journal', 'Firehose: facts and curated'],
    ['table', 'DynamoDB: writes'],
    ['bus', 'EventBridge: custom events'],
  ])('of the %s is linear within a tier: %s', (name, position) => {
    const once = { ...WORKLOAD, eventsPerDay: 1_000_000 };
    const thrice = { ...WORKLOAD, eventsPerDay: 3_000_000 };
    const usd = usdOf(name, position, once) ?? Number.NaN;
    expect(usdOf(name, position, thrice)).toBeCloseTo(3 * usd, 6);
  });
});
