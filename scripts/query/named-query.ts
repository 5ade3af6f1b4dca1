import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../lib/errors.ts';
import { UsageError } from '../flags.ts';
import { isParameter, PARAMETERS, type ParameterName } from './parameters.ts';

/** A query of `queries/`: what it says about itself, and its SQL with a `?` for each parameter. */
export interface NamedQuery {
  name: string;
  description: string;
  /** What stands for each `?`, in order. */
  parameters: ParameterName[];
  sql: string;
  /** Written by the person who asks, not in `queries/`. */
  isAdHoc?: boolean;
}

/** The table as the files name it: the facts as they lie in the archive. */
const RAW_TABLE = 'facts';
/** The same facts in Parquet. */
const CURATED_TABLE = 'facts_curated';

export type Layer = 'curated' | 'raw';

const FOLDER = join(import.meta.dirname, '../../queries');

/** Every query, by name. */
export async function readNamedQueries(folder = FOLDER): Promise<NamedQuery[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (file) =>
      parseNamedQuery(file.slice(0, -'.sql'.length), await readFile(join(folder, file), 'utf8')),
    ),
  );
}

/** The query of that name; a {@link UsageError} names those that there are. */
export function findQuery(queries: NamedQuery[], name: string): NamedQuery {
  const query = queries.find((candidate) => candidate.name === name);
  if (query) return query;
  const names = queries.map((candidate) => candidate.name).join(', ');
  throw new UsageError(`There is no query ${name}; there are ${names}. See --list.`);
}

/** Reads a file's leading comment: a description, then `Parameters:` in the order of the `?`. Throws when they do not match. */
export function parseNamedQuery(name: string, text: string): NamedQuery {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('--'));
  const comment = lines.slice(0, end).map((line) => line.replace(/^--\s*/, ''));
  const [list] = comment.filter((line) => line.startsWith('Parameters:'));
  const parameters = (list ?? '')
    .replace('Parameters:', '')
    .split(',')
    .map((item) => item.trim());
  const unknown = parameters.filter((parameter) => !isParameter(parameter));
  if (unknown.length > 0)
    throw new Error(
      `${name}.sql: unknown parameter ${unknown}; known are ${Object.keys(PARAMETERS)}`,
    );
  const sql = lines.slice(end).join('\n').trim();
  const places = sql.split('?').length - 1;
  if (places !== parameters.length)
    throw new Error(`${name}.sql has ${places} places for ${parameters.length} parameters`);
  return {
    name,
    description: comment.filter((line) => line !== list).join(' '),
    parameters: parameters as ParameterName[],
    sql,
  };
}

/**
 * A question of a person's own, about `facts`. With the leading comment that the files of `queries/` have, its `?` stand for the same
 * parameters. A {@link UsageError} says what is wrong with that comment. Whether it only reads is up to the engine. Pure.
 */
export function parseAdHocQuery(text: string): NamedQuery {
  const sql = text
    .replace(/^\ufeff/, '')
    .trim()
    .replace(/\s*;$/, '');
  if (sql === '') throw new UsageError('The question is empty: write SQL about facts.');
  const query = { name: 'The question', description: '', parameters: [], sql, isAdHoc: true };
  if (!/^--\s*Parameters:/m.test(sql)) return query;
  try {
    return { ...query, ...parseNamedQuery('The question', sql) };
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

/** The SQL as it reads a layer. Pure. */
export function sqlOf({ sql }: NamedQuery, layer: Layer): string {
  if (layer === 'raw') return sql;
  return sql.replace(
    new RegExp(`\\b(FROM|JOIN)(\\s+)${RAW_TABLE}\\b`, 'gi'),
    `$1$2${CURATED_TABLE}`,
  );
}
