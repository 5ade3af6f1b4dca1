import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Parsers from 'dt-sql-parser';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Layer, readNamedQueries, sqlOf } from '../../../scripts/query/named-query.ts';
import { GENERATED } from '../../../scripts/schema.ts';

const ROOT = join(import.meta.dirname, '../../..');

let trino: Parsers.TrinoSQL;
let hive: Parsers.HiveSQL;
beforeAll(async () => {
  // The package imports folders, which Node does not resolve.
  const folder = await mkdtemp(join(tmpdir(), 'sql-parser-'));
  const outfile = join(folder, 'parser.mjs');
  await build({
    stdin: { contents: "export { TrinoSQL, HiveSQL } from 'dt-sql-parser';", resolveDir: ROOT },
    ...{ bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'error' },
  });
  const parsers = (await import(pathToFileURL(outfile).href)) as typeof Parsers;
  trino = new parsers.TrinoSQL();
  hive = new parsers.HiveSQL();
  return () => rm(folder, { recursive: true });
}, 60_000);

const problemsOf = (parser: { validate(sql: string): { message: string }[] }, sql: string) =>
  parser.validate(sql).map(({ message }) => message);

const queries = await readNamedQueries();

describe.each<Layer>(['raw', 'curated'])('over the %s layer', (layer) => {
  it.each(queries.map((query) => [query.name, query] as const))('%s is Trino', (_, query) => {
    expect(problemsOf(trino, sqlOf(query, layer))).toEqual([]);
  });
});

describe('the parsers', () => {
  it('see what is wrong', () => {
    expect(problemsOf(trino, 'SELECT a FROM facts WHERE')).not.toEqual([]);
    expect(problemsOf(hive, 'CREATE EXTERNAL TABLE facts (a strin)')).not.toEqual([]);
  });
});

describe('the queries', () => {
  it('name the table of facts and no other', () => {
    for (const query of queries) {
      expect(query.sql).toMatch(/\bFROM facts\b/);
      expect(sqlOf(query, 'curated')).not.toMatch(/\bfacts\b/);
    }
  });

  it('read only the days that they need', () => {
    for (const { parameters, sql } of queries) {
      expect(parameters.slice(0, 2)).toEqual(['first_day', 'last_day']);
      expect(sql.match(/\?/g)).toHaveLength(parameters.length);
      expect(sql).toMatch(/WHERE dt BETWEEN \? AND \?/);
    }
  });
});

describe('what npm run schema writes', () => {
  it.each(GENERATED.map(({ path, contents }) => [path.slice(ROOT.length + 1), path, contents]))(
    'is up to date: %s',
    async (_, path, contents) => {
      expect(await readFile(path, 'utf8'), 'run: npm run schema').toBe(contents);
    },
  );

  it('is DDL that Hive takes', () => {
    const ddl = GENERATED.find(({ path }) => path.endsWith('.sql'))?.contents ?? '';
    expect(problemsOf(hive, ddl)).toEqual([]);
    expect(ddl.match(/CREATE EXTERNAL TABLE/g)).toHaveLength(2);
  });
});
