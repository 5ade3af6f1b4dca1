import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeFact } from '../../../lib/event/encode.ts';
import type { Fact } from '../../../lib/event/fact.ts';
import { DuckDbEngine } from '../../../scripts/query/duckdb-engine.ts';
import { CURATED_PREFIX, curate, type LocalArchive } from '../../../scripts/query/local-archive.ts';
import { queryLocal } from '../../../scripts/query/local-engine.ts';
import {
  findQuery,
  type Layer,
  readNamedQueries,
  sqlOf,
} from '../../../scripts/query/named-query.ts';
import { valuesOf } from '../../../scripts/query/parameters.ts';
import type { Cell } from '../../../scripts/query/result.ts';
import { archiveFolder, openLayers } from '../../support/archive-folder.ts';
import { deferredFact, deliveredFact, receivedFact } from '../../support/sample-facts.ts';
import { FACTS, OTHER_FACTS, RANGE } from './facts-for-queries.ts';

/** The rows of each query over those facts; a query without an entry here fails a test. */
const EXPECTED: Record<string, Cell[][]> = {
  states: [
    ['deadLettered', 1, '2026-01-01T11:20:00.000Z', '2026-01-01T11:20:00.000Z', null],
    [
      'deferred',
      1,
      '2026-01-01T11:00:00.000Z',
      '2026-01-01T11:00:00.000Z',
      '2026-01-01T12:05:00.000Z',
    ],
    ['delivered', 4, '2026-01-01T10:00:00.000Z', '2026-01-01T11:10:00.000Z', null],
    ['pending', 1, '2026-01-01T11:50:00.000Z', '2026-01-01T11:50:00.000Z', null],
  ],
  events: [
    [
      'a',
      'order.placed',
      'delivered',
      '2026-01-01T10:00:00.000Z',
      '2026-01-01T10:00:02.500Z',
      2,
      null,
      null,
    ],
    [
      'b',
      'order.placed',
      'delivered',
      '2026-01-01T10:30:00.000Z',
      '2026-01-01T11:00:00.000Z',
      1,
      null,
      null,
    ],
    [
      'f',
      'order.shipped',
      'deferred',
      '2026-01-01T11:00:00.000Z',
      null,
      1,
      '2026-01-01T12:05:00.000Z',
      null,
    ],
    [
      'g',
      'order.shipped',
      'delivered',
      '2026-01-01T11:00:00.000Z',
      '2026-01-01T11:05:00.000Z',
      1,
      null,
      null,
    ],
    [
      'c',
      'order.shipped',
      'delivered',
      '2026-01-01T11:10:00.000Z',
      '2026-01-01T11:10:00.100Z',
      1,
      null,
      'run-1',
    ],
    [
      'd',
      'order.placed',
      'deadLettered',
      '2026-01-01T11:20:00.000Z',
      '2026-01-01T11:20:01.000Z',
      1,
      null,
      null,
    ],
    ['e', 'order.placed', 'pending', '2026-01-01T11:50:00.000Z', null, null, null, null],
  ],
  // `e` is younger than 30 minutes before noon.
  undelivered: [
    [
      'f',
      'order.shipped',
      'deferred',
      '2026-01-01T11:00:00.000Z',
      null,
      '2026-01-01T12:05:00.000Z',
      'HTTP_503',
      'try later',
      '2026-01-01T11:10:00.100Z',
      'BAD_USER_INPUT',
      null,
    ],
    [
      'd',
      'order.placed',
      'deadLettered',
      '2026-01-01T11:20:00.000Z',
      '2026-01-01T11:20:01.000Z',
      null,
      'BAD_USER_INPUT',
      'name is unknown',
      '2026-01-01T11:10:00.100Z',
      'BAD_USER_INPUT',
      null,
    ],
  ],
  parked: [
    [
      'f',
      'order.shipped',
      '2026-01-01T12:05:00.000Z',
      2,
      4,
      '2026-01-01T11:00:00.000Z',
      '2026-01-01T11:04:00.000Z',
      'HTTP_503',
      503,
      'try later',
      null,
    ],
  ],
  throughput: [
    ['2026-01-01T10:00Z', 3, 0, 1, 1, 2500, 2500, 2500, 2500, 40],
    ['2026-01-01T11:00Z', 5, 3, 3, 2, 300_000, 1_800_000, 1_800_000, 1_800_000, 20],
  ],
  'throughput-by-minute': [
    ['2026-01-01T10:00Z', 1, 0, 1, 0, 2500, 2500, 2500, 2500, 40],
    ['2026-01-01T10:30Z', 1, 0, 0, 0, null, null, null, null, null],
    ['2026-01-01T10:40Z', 1, 0, 0, 1, null, null, null, null, null],
    ['2026-01-01T11:00Z', 2, 0, 1, 0, 1_800_000, 1_800_000, 1_800_000, 1_800_000, 20],
    ['2026-01-01T11:01Z', 0, 2, 0, 0, null, null, null, null, null],
    ['2026-01-01T11:03Z', 0, 1, 0, 0, null, null, null, null, null],
    ['2026-01-01T11:05Z', 0, 0, 1, 0, 300_000, 300_000, 300_000, 300_000, 20],
    ['2026-01-01T11:10Z', 1, 0, 1, 0, 100, 100, 100, 100, 20],
    ['2026-01-01T11:20Z', 1, 0, 0, 1, null, null, null, null, null],
    ['2026-01-01T11:30Z', 0, 0, 0, 1, null, null, null, null, null],
    ['2026-01-01T11:50Z', 1, 0, 0, 0, null, null, null, null, null],
  ],
  'dead-letters': [
    [
      'exhausted',
      'BAD_USER_INPUT',
      422,
      1,
      0,
      0,
      '2026-01-01T10:40:01.000Z',
      '2026-01-01T10:40:01.000Z',
      'c',
      'order.placed',
      'name is unknown',
    ],
    [
      'malformed',
      'MALFORMED',
      null,
      1,
      1,
      0,
      '2026-01-01T11:30:00.000Z',
      '2026-01-01T11:30:00.000Z',
      'junk',
      null,
      'not JSON',
    ],
    [
      'rejected',
      'BAD_USER_INPUT',
      422,
      1,
      1,
      0,
      '2026-01-01T11:20:01.000Z',
      '2026-01-01T11:20:01.000Z',
      'd',
      'order.placed',
      'name is unknown',
    ],
  ],
  replays: [
    [
      'run-1',
      'target was down',
      '2026-01-01T11:10:00.000Z',
      '2026-01-01T11:10:00.100Z',
      1,
      1,
      1,
      0,
      0,
    ],
  ],
  names: [
    ['order.placed', 4, 2, 1, 1],
    ['order.shipped', 3, 2, 0, 1],
  ],
  event: [
    [
      '2026-01-01T10:40:00.000Z',
      'received',
      'order.shipped',
      null,
      0,
      null,
      null,
      null,
      null,
      null,
      null,
      null,
      null,
      null,
      null,
      null,
      'a'.repeat(32),
    ],
    [
      '2026-01-01T10:40:01.000Z',
      'deadLettered',
      'order.placed',
      null,
      0,
      null,
      null,
      1,
      'rejected',
      422,
      null,
      null,
      null,
      'exhausted',
      'BAD_USER_INPUT',
      'name is unknown',
      'a'.repeat(32),
    ],
    [
      '2026-01-01T11:10:00.000Z',
      'received',
      'order.shipped',
      'run-1',
      0,
      null,
      null,
      null,
      null,
      null,
      null,
      null,
      null,
      null,
      null,
      null,
      'a'.repeat(32),
    ],
    [
      '2026-01-01T11:10:00.100Z',
      'delivered',
      null,
      'run-1',
      0,
      null,
      null,
      1,
      'delivered',
      200,
      5,
      20,
      true,
      null,
      null,
      null,
      'a'.repeat(32),
    ],
  ],
  // No id of these facts came with several bodies: conflicts.test.ts has such.
  conflicts: [],
  request: [['2026-01-01T10:00:00.000Z', 'a', 'order.placed', 'a'.repeat(32), 'shop']],
};

const queries = await readNamedQueries();
let engine: DuckDbEngine;
beforeAll(async () => {
  const layers = await openLayers(async (put) => {
    await put('one', FACTS.slice(0, 5), ['{"v":1,"type":"rece', 'null']);
    await put('two', FACTS.slice(5));
    for (const [index, fact] of OTHER_FACTS.entries()) await put(`other-${index}`, [fact]);
  });
  engine = layers.engine;
  return layers.close;
});

describe.each<Layer>(['raw', 'curated'])('over the %s layer', (layer) => {
  it.each(queries.map((query) => [query.name, query] as const))('%s', async (name, query) => {
    const { columns, rows } = await engine.run(
      sqlOf(query, layer),
      valuesOf(query.parameters, RANGE),
    );
    expect(rows).toEqual(EXPECTED[name]);
    expect(rows[0] ?? columns).toHaveLength(new Set(columns).size);
  });
});

describe('an outage', () => {
  it('shows in undelivered, though nothing is known of the events that wait', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'outage-'));
    const { archive, put } = archiveFolder(dataDir);
    const at = (minute: number) => `2026-01-01T11:${String(minute).padStart(2, '0')}:00.000Z`;
    const refused = { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED', status: null };
    await put('outage', [
      receivedFact({ eventId: 'before', at: at(0) }),
      deliveredFact({ eventId: 'before', at: at(1) }),
      receivedFact({ eventId: 'probe', at: at(2) }),
      deferredFact({ eventId: 'probe', at: at(3), until: at(4), error: refused }),
      receivedFact({ eventId: 'waits', at: at(5) }),
    ]);
    const during = await DuckDbEngine.open();
    await during.createRawTable([archive.file((await archive.keys('facts/'))[0] ?? '')]);
    const query = findQuery(queries, 'undelivered');
    const { columns, rows } = await during.run(query.sql, valuesOf(query.parameters, RANGE));
    const shown = ['event_id', 'state', 'error_code', 'last_delivery_at', 'outage_error'];
    expect(rows.map((row) => shown.map((column) => row[columns.indexOf(column)]))).toEqual([
      ['probe', 'deferred', 'ECONNREFUSED', at(1), 'ECONNREFUSED'],
      ['waits', 'pending', null, at(1), 'ECONNREFUSED'],
    ]);
    during.close();
    await rm(dataDir, { recursive: true });
  });
});

describe('an archive without facts', () => {
  it.each<Layer>(['raw', 'curated'])('answers every query with no rows (%s)', async (layer) => {
    const empty = await DuckDbEngine.open();
    await empty.createRawTable([]);
    await empty.createCuratedTable([]);
    for (const query of queries) {
      const { rows } = await empty.run(sqlOf(query, layer), valuesOf(query.parameters, RANGE));
      expect(rows).toEqual([]);
    }
    empty.close();
  });
});

describe('curate', () => {
  async function curatedRows(archive: LocalArchive): Promise<Cell[][]> {
    const files = (await archive.keys(CURATED_PREFIX)).map((key) => archive.file(key));
    await engine.createCuratedTable(files);
    const sql = 'SELECT event_id, type, dt, hh, payload FROM facts_curated ORDER BY 1, 2';
    return (await engine.run(sql, [])).rows;
  }

  it('converts each object once, whenever it comes, into the partition where it lies', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'curate-'));
    const { archive, objects, put } = archiveFolder(dataDir);
    expect(await curate(archive, objects, engine)).toEqual({ converted: 0, damaged: [] });
    await put('one', FACTS.slice(0, 1));
    expect(await curate(archive, objects, engine)).toMatchObject({ converted: 1 });
    expect(await curate(archive, objects, engine)).toMatchObject({ converted: 0 });
    // Late, into an hour that was converted already, with a name before that of the first.
    await put('a-late-one', FACTS.slice(2, 3));
    await put('two', FACTS.slice(9, 10));
    expect(await curate(archive, objects, engine)).toMatchObject({ converted: 2 });
    const payload = (id: string) => `{"id":"${id}","name":"order.placed","body":"b","timestamp":1}`;
    expect(await curatedRows(archive)).toEqual([
      ['a', 'received', '2026-01-01', '10', payload('a')],
      ['b', 'received', '2026-01-01', '10', payload('b')],
      ['d', 'received', '2026-01-01', '11', payload('d')],
    ]);
    await rm(dataDir, { recursive: true });
  });
});

describe('an object that is damaged', () => {
  it('is named, each time, and keeps no other out', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'curate-'));
    const { archive, objects, put } = archiveFolder(dataDir);
    await put('good', FACTS.slice(0, 1));
    const damaged = 'facts/dt=2026-01-01/hh=10/damaged.gz';
    await objects.put(damaged, 'not gzip', { contentType: 'application/gzip' });
    const partly = await put('partly', FACTS.slice(2, 3), ['{"v":1,"type":"rece']);
    const both = expect.toSatisfy(
      (keys: string[]) => keys.toSorted().join() === [damaged, partly].join(),
    );
    expect(await curate(archive, objects, engine)).toEqual({ converted: 2, damaged: both });
    expect(await curate(archive, objects, engine)).toEqual({ converted: 0, damaged: both });
    await rm(dataDir, { recursive: true });
  });

  it('is read by npm run query -- --raw as the reader of the archive does', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'query-'));
    const { objects } = archiveFolder(dataDir);
    const text = (index: number) => Buffer.from(encodeFact(FACTS[index] as Fact)).toString();
    const put = (name: string, body: Uint8Array) =>
      objects.put(`facts/dt=2026-01-01/hh=10/${name}`, body, { contentType: 'application/gzip' });
    await put('glued.gz', gzipSync(`${text(0)}${text(1)}`));
    await put(
      'padded.gz',
      Buffer.concat([gzipSync(`${text(2)}\n`), Buffer.alloc(50), gzipSync(text(3))]),
    );
    await put('_SUCCESS', Buffer.alloc(0));
    const sql = 'SELECT count(*) FROM facts';
    const query = { name: 'count', description: '', parameters: [], sql };
    const { result, note } = await queryLocal(dataDir, query, {
      ...{ values: [], layer: 'raw', fromMs: 0 },
      ...{ onProgress: () => undefined, signal: new AbortController().signal },
    });
    expect(result.rows).toEqual([[4]]);
    expect(note).toMatch(
      /1 damaged places.*padded\.gz, line 2 \(byte \d+ of the object\): 50 zero/s,
    );
    await rm(dataDir, { recursive: true });
  });
});

describe('the queries of throughput', () => {
  it('differ in nothing but the length of time', () => {
    const withoutTime = (name: string) =>
      findQuery(queries, name).sql.replace(/concat\(substr\(happened_at.*/, 'TIME');
    expect(withoutTime('throughput')).toContain('TIME');
    expect(withoutTime('throughput')).toBe(withoutTime('throughput-by-minute'));
  });
});

describe('findQuery', () => {
  it('names what there is when a name is wrong', () => {
    expect(() => findQuery(queries, 'stats')).toThrow(
      /no query stats; there are conflicts, dead-letters/,
    );
  });
});
