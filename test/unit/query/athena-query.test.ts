import type { AthenaClient } from '@aws-sdk/client-athena';
import { describe, expect, it } from 'vitest';
import { runAthenaQuery } from '../../../lib/aws/athena-query.ts';
import { costOf, noteOf, resultOf } from '../../../scripts/query/athena-engine.ts';
import { ManualClock } from '../../support/manual-clock.ts';

interface Call {
  name: string;
  input: Record<string, unknown>;
}

const COLUMNS = [
  { Name: 'name', Type: 'varchar' },
  { Name: 'events', Type: 'bigint' },
  { Name: 'verified', Type: 'boolean' },
];

function pageOf(rows: (string | undefined)[][], NextToken?: string) {
  return {
    ResultSet: {
      ResultSetMetadata: { ColumnInfo: COLUMNS },
      Rows: rows.map((row) => ({ Data: row.map((VarCharValue) => ({ VarCharValue })) })),
    },
    NextToken,
  };
}

const PAGES: Record<string, object> = {
  first: pageOf(
    [
      ['name', 'events', 'verified'],
      ["o'1", '12', 'true'],
    ],
    'second',
  ),
  second: pageOf([['', undefined, 'false']]),
};

/** Runs a query at an Athena that goes through `states`, one each time it is asked. */
async function run(states: string[], { stopAfter = Number.POSITIVE_INFINITY } = {}) {
  const calls: Call[] = [];
  const clock = new ManualClock();
  const stopping = new AbortController();
  const progress: string[] = [];
  let asked = 0;
  const answers: Record<string, (input: Call['input']) => object> = {
    StartQueryExecutionCommand: () => ({ QueryExecutionId: 'q-1' }),
    StopQueryExecutionCommand: () => ({}),
    GetQueryExecutionCommand: () => ({
      QueryExecution: {
        Status: { State: states[asked++], StateChangeReason: 'SYNTAX_ERROR: line 1' },
        Statistics: { DataScannedInBytes: asked * 1000, EngineExecutionTimeInMillis: 1500 },
      },
    }),
    GetQueryResultsCommand: ({ NextToken }) => PAGES[String(NextToken ?? 'first')] ?? {},
  };
  const client = {
    async send(command: { constructor: { name: string }; input: Call['input'] }) {
      const { name } = command.constructor;
      calls.push({ name, input: command.input });
      return answers[name]?.(command.input);
    },
  } as unknown as AthenaClient;
  let ended = false;
  const running = runAthenaQuery('SELECT ?', ["it's", '2026-01-01'], {
    ...{ client, database: 'db', workgroup: 'wg', clock, signal: stopping.signal },
    onProgress: ({ state }) => progress.push(state),
  }).finally(() => {
    ended = true;
  });
  running.catch(() => undefined);
  while (!ended) {
    if (asked >= stopAfter) stopping.abort(new Error('Interrupted.'));
    await clock.advance(100);
  }
  return { running, calls, progress };
}

describe('runAthenaQuery', () => {
  it('starts, waits and reads every page', async () => {
    const { running, calls, progress } = await run(['QUEUED', 'RUNNING', 'SUCCEEDED']);
    expect(await running).toEqual({
      columns: [
        { name: 'name', type: 'varchar' },
        { name: 'events', type: 'bigint' },
        { name: 'verified', type: 'boolean' },
      ],
      rows: [
        ["o'1", '12', 'true'],
        ['', null, 'false'],
      ],
      scannedBytes: 3000,
      engineMs: 1500,
    });
    expect(progress).toEqual(['QUEUED', 'RUNNING', 'SUCCEEDED']);
    expect(calls[0]?.input).toEqual({
      QueryString: 'SELECT ?',
      QueryExecutionContext: { Database: 'db' },
      WorkGroup: 'wg',
      ExecutionParameters: ["'it''s'", "'2026-01-01'"],
    });
  });

  it.each(['FAILED', 'CANCELLED'])('tells why the query %s', async (state) => {
    const { running } = await run(['RUNNING', state]);
    await expect(running).rejects.toThrow(`Athena: ${state}: SYNTAX_ERROR: line 1`);
  });

  it('stops the query at Athena when it is interrupted', async () => {
    const { running, calls } = await run(Array(50).fill('RUNNING'), { stopAfter: 3 });
    await expect(running).rejects.toThrow('Interrupted.');
    expect(calls.at(-1)).toMatchObject({
      name: 'StopQueryExecutionCommand',
      input: { QueryExecutionId: 'q-1' },
    });
  });
});

describe('what came of it', () => {
  it('has values of the types that Athena names', async () => {
    const { running } = await run(['SUCCEEDED']);
    expect(resultOf(await running)).toEqual({
      columns: ['name', 'events', 'verified'],
      rows: [
        ["o'1", 12, true],
        ['', null, false],
      ],
    });
  });

  it.each([
    [0, '0 B scanned in 1.5 s, about $0.00000'],
    [2048, '2.0 KiB scanned in 1.5 s, about $0.00005'],
    [1024 ** 4, '1.0 TiB scanned in 1.5 s, about $5.00000'],
  ])('costs at least what ten mebibytes cost: %i bytes', (scannedBytes, expected) => {
    expect(costOf({ scannedBytes, engineMs: 1500 })).toBe(expected);
  });
});

it('says of raw facts that Athena does not tell what it cannot read', () => {
  expect(noteOf({ layer: 'curated' })).toBeUndefined();
  expect(noteOf({ layer: 'raw', note: 'why' })).toMatch(/^why\nAthena .* npm run audit/);
});
