import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { DuckDbEngine } from '../../../scripts/query/duckdb-engine.ts';
import { findQuery, readNamedQueries, sqlOf } from '../../../scripts/query/named-query.ts';
import { valuesOf } from '../../../scripts/query/parameters.ts';
import { archiveFolder } from '../../support/archive-folder.ts';
import { deadLettered, dismissed, isoTime, NOON_MS, received } from '../../support/timed-facts.ts';

const MINUTE_MS = 60_000;
const RANGE = {
  fromMs: NOON_MS - MINUTE_MS,
  toMs: NOON_MS + 60 * MINUTE_MS,
  minutes: 30,
  eventId: 'd',
  requestId: '',
};

let engine: DuckDbEngine;
beforeAll(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'dismissed-'));
  const { archive, put } = archiveFolder(dataDir);
  const again = { atMs: NOON_MS + 10 * MINUTE_MS, replay: { runId: 'r', reason: 'test' } };
  await put('one', [
    ...[received('d'), deadLettered('d'), dismissed('d')],
    ...[received('again'), deadLettered('again'), dismissed('again')],
    ...[received('again', again), deadLettered('again', again)],
    ...[received('dead'), deadLettered('dead')],
  ]);
  engine = await DuckDbEngine.open();
  const keys = await archive.keys('facts/');
  await engine.createRawTable(keys.map((key) => archive.file(key)));
  return async () => {
    engine.close();
    await rm(dataDir, { recursive: true });
  };
});

async function run(name: string, wanted: string[]): Promise<unknown[]> {
  const query = findQuery(await readNamedQueries(), name);
  const { columns, rows } = await engine.run(
    sqlOf(query, 'raw'),
    valuesOf(query.parameters, RANGE),
  );
  return rows.map((row) =>
    Object.fromEntries(wanted.map((column) => [column, row[columns.indexOf(column)]])),
  );
}

it('is a state of its own', async () => {
  expect(await run('states', ['state', 'events'])).toEqual([
    { state: 'deadLettered', events: 2 },
    { state: 'dismissed', events: 1 },
  ]);
  expect(await run('events', ['event_id', 'state', 'settled_at'])).toContainEqual({
    event_id: 'd',
    state: 'dismissed',
    settled_at: isoTime(NOON_MS + 1000),
  });
});

it('is not among what is undelivered', async () => {
  expect(await run('undelivered', ['event_id'])).toEqual([
    { event_id: 'dead' },
    { event_id: 'again' },
  ]);
});

it('ends the dead letters before it, not those after it', async () => {
  expect(await run('dead-letters', ['events', 'still_dead'])).toEqual([
    { events: 3, still_dead: 2 },
  ]);
});

it('has its reason in the life of the event', async () => {
  expect(await run('event', ['type', 'reason'])).toEqual([
    { type: 'received', reason: null },
    { type: 'deadLettered', reason: 'rejected' },
    { type: 'dismissed', reason: 'the order was cancelled' },
  ]);
});
