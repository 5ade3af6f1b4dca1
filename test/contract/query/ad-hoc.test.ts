import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../../scripts/flags.ts';
import { requireSelect } from '../../../scripts/query/athena-engine.ts';
import { DuckDbEngine } from '../../../scripts/query/duckdb-engine.ts';
import { parseAdHocQuery, sqlOf } from '../../../scripts/query/named-query.ts';
import { valuesOf } from '../../../scripts/query/parameters.ts';
import { archiveFolder } from '../../support/archive-folder.ts';
import { FACTS, RANGE } from './facts-for-queries.ts';

let folder: string;
let files: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ad-hoc-'));
  const { archive, put } = archiveFolder(folder);
  await put('one', FACTS);
  files = (await archive.keys('facts/')).map((key) => archive.file(key));
  return () => rm(folder, { recursive: true });
});

async function ask(text: string) {
  const engine = await DuckDbEngine.open();
  try {
    await engine.createRawTable(files);
    const query = parseAdHocQuery(text);
    return await engine.ask(sqlOf(query, 'raw'), valuesOf(query.parameters, RANGE), files);
  } finally {
    engine.close();
  }
}

/** DuckDB's refusal of files outside of the archive. */
const NO_FILES = /Permission Error: Cannot access (file|directory)/;

describe('a question of a person, in DuckDB', () => {
  it.each([
    ["SELECT count(*) AS n FROM facts WHERE type = 'received';", [[10]]],
    [
      'WITH all_facts AS (SELECT * FROM facts) SELECT count(DISTINCT event_id) FROM all_facts',
      [[8]],
    ],
    [
      '-- Events of the range.\n-- Parameters: from, to\nSELECT count(*) FROM facts WHERE happened_at >= ? AND happened_at < ?',
      [[23]],
    ],
    [
      "SELECT json_extract_scalar(payload, '$.name') FROM facts WHERE event_id = 'e'",
      [['order.placed']],
    ],
  ])('%s', async (sql, rows) => {
    expect((await ask(sql)).rows).toEqual(rows);
  });

  it.each([
    ['writes a file', "COPY (SELECT 1) TO 'OUT'", NO_FILES],
    ['writes over the archive', "COPY (SELECT 1) TO 'FACTS'", /type COPY/],
    ['attaches a database', "ATTACH 'OUT' AS other", /type ATTACH/],
    ['exports the database', "EXPORT DATABASE 'OUT'", NO_FILES],
    ['reads another file', "SELECT * FROM read_text('/etc/hostname')", NO_FILES],
    ['reads another file by its name', "SELECT * FROM '/etc/hostname.csv'", NO_FILES],
    ['lists a folder', "SELECT * FROM glob('/etc/*')", NO_FILES],
    ['reads the environment', "SELECT * FROM read_text('/proc/self/environ')", NO_FILES],
    ['loads an extension', 'INSTALL httpfs', /type LOAD/],
    ['reads from the network', "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')", NO_FILES],
    ['allows itself more', 'SET enable_external_access = true', /type SET/],
    ['makes a table', 'CREATE TABLE mine AS SELECT 1', /type CREATE/],
    ['drops the table', 'DROP VIEW facts', /type DROP/],
    ['asks twice', 'SELECT 1; DROP VIEW facts', /2 statements/],
    ['runs a statement by a function', "SELECT * FROM query('DROP VIEW facts')", /single SELECT/],
    ['is explained while it writes', "EXPLAIN ANALYZE COPY (SELECT 1) TO 'OUT'", NO_FILES],
    ['is no SQL', 'SELEKT 1', /syntax error.*SELEKT/],
  ])('is refused when it %s', async (_, sql, why) => {
    const out = join(folder, 'out');
    const before = await readFile(files[0] ?? '');
    const asked = ask(sql.replace('OUT', out).replace('FACTS', files[0] ?? ''));
    await expect(asked).rejects.toThrow(why);
    expect(existsSync(out)).toBe(false);
    expect(await readFile(files[0] ?? '')).toEqual(before);
  });
});

describe('a question of a person, in Athena', () => {
  it.each([
    'SELECT 1',
    'select 1',
    '-- a comment with INSERT\n/* and\nDROP */ WITH a AS (SELECT 1) SELECT * FROM a',
    '(SELECT 1) UNION (SELECT 2)',
  ])('is taken: %s', (sql) => {
    expect(() => requireSelect(sql)).not.toThrow();
  });

  it.each([
    'INSERT INTO facts SELECT 1',
    'CREATE TABLE x AS SELECT 1',
    "UNLOAD (SELECT 1) TO 's3://elsewhere/' WITH (format = 'JSON')",
    '-- SELECT\nDROP TABLE facts',
    '/* SELECT */ DELETE FROM facts',
    'EXPLAIN ANALYZE SELECT 1',
    "USING EXTERNAL FUNCTION f(x varchar) RETURNS varchar LAMBDA 'f' SELECT f('x')",
    'MSCK REPAIR TABLE facts',
    '',
  ])('is refused: %s', (sql) => {
    expect(() => requireSelect(sql)).toThrow(UsageError);
  });
});

describe('parseAdHocQuery', () => {
  it('reads the layer that there is', () => {
    const query = parseAdHocQuery('SELECT * FROM facts f JOIN facts g ON f.event_id = g.event_id');
    expect(sqlOf(query, 'curated')).toBe(
      'SELECT * FROM facts_curated f JOIN facts_curated g ON f.event_id = g.event_id',
    );
  });

  it('says what is wrong with its comment', () => {
    expect(() => parseAdHocQuery(' ; ')).toThrow(/empty/);
    expect(() => parseAdHocQuery('-- Parameters: from\nSELECT 1')).toThrow(UsageError);
  });
});
