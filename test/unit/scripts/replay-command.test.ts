import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../scripts/flags.ts';
import {
  openCheckpoint,
  type RunHeader,
  readCheckpoint,
} from '../../../scripts/replay/checkpoint-log.ts';
import { openSelection, readFlags, selectionOf } from '../../../scripts/replay/options.ts';
import { openAwsStack, readOutputs } from '../../../scripts/stack/aws-stack.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { NOON_MS } from '../../support/timed-facts.ts';

const MAY_TAKE = { endMs: 60_000, archiveMs: 20_000 };
const select = (argv: string[]) => selectionOf(readFlags(argv), NOON_MS, MAY_TAKE);

describe('the flags of replay', () => {
  it('select everything until now by default', () => {
    expect(select([])).toEqual({
      source: 'archive',
      fromMs: null,
      toMs: NOON_MS,
      state: 'any',
      reasons: ['malformed', 'rejected', 'exhausted', 'undecided'],
      ids: null,
      idsFile: null,
      name: null,
      limit: null,
      endedBeforeMs: NOON_MS - 60_000,
      givenUpBeforeMs: NOON_MS - 20_000,
    });
  });

  it.each([
    [
      ['--undelivered', '--older-than', '5m'],
      {
        state: 'undelivered',
        endedBeforeMs: NOON_MS - 300_000,
        givenUpBeforeMs: NOON_MS - 300_000,
      },
    ],
    [
      ['--dead-lettered', '--dead-letter-reason', 'exhausted'],
      { state: 'deadLettered', reasons: ['exhausted'] },
    ],
    [['--failures', '--from', '1h'], { source: 'failures', fromMs: NOON_MS - 3_600_000 }],
    [['--ids', 'a,b', '--limit', '5', '--name', 'n'], { ids: ['a', 'b'], limit: 5, name: 'n' }],
  ])('%j', (argv, part) => {
    expect(select(argv)).toMatchObject(part);
  });

  it.each([
    [['--execute'], /--reason/],
    [['--execute', '--reason', ' '], /--reason/],
    [['--undelivered', '--failures'], /exclude each other/],
    [['--dead-letter-reason', 'rejected'], /--dead-lettered/],
    [['--dead-lettered', '--dead-letter-reason', 'tired'], /must be of malformed/],
    [['--share', '1.5'], /--share/],
    [['--max-lag', '60'], /--max-lag/],
    [['--resume', 'x', '--from', '1h'], /leave out --from/],
    [['--resume', 'x', '--into-empty-target'], /leave out --into-empty-target/],
    [['--limit', '0'], /--limit/],
    [['--form', '1h'], /--from VALUE/],
  ])('refuse %j', (argv, message) => {
    expect(() => select(argv)).toThrow(message);
    expect(() => select(argv)).toThrow(UsageError);
  });

  it('name the file that holds no ids', async () => {
    await expect(openSelection(select(['--ids-file', '/nowhere']))).rejects.toThrow(
      /--ids-file \/nowhere/,
    );
  });
});

describe('the checkpoint of a run', () => {
  const header: RunHeader = {
    runId: 'r',
    reason: 'test',
    intoEmptyTarget: false,
    stack: 'here',
    events: 10,
    selection: select(['--ids', 'a']),
  };
  const group = (key: string, line: number, appended: string[], refused: string[] = []) => ({
    key,
    line,
    appended,
    refused,
  });

  it('knows what is done, after a kill in the middle of a line too', async () => {
    const path = join(await temporaryFolder('checkpoint'), 'replays', 'run.jsonl');
    const log = await openCheckpoint(path, header);
    await log.note(group('k1', 7, ['a', 'b'], ['c']));
    await log.note(group('k2', 3, ['d']));
    await log.close();
    await appendFile(path, '{"key":"k2","li');
    const earlier = await readCheckpoint(path);
    expect(earlier.header).toEqual(header);
    expect(earlier.appended).toBe(3);
    const isDone = (key: string, line: number, id = 'x') => earlier.isDone({ key, line }, id);
    expect([isDone('k1', 900), isDone('k2', 3), isDone('k2', 4), isDone('k3', 1)]).toEqual([
      ...[true, true, false, false],
    ]);
    expect(isDone('k1', 2, 'c')).toBe(false);

    const second = await openCheckpoint(path, header, earlier);
    await second.note(group('k1', 2, ['c']));
    await second.note(group('k3', 1, ['e']));
    await second.close();
    const last = await readCheckpoint(path);
    expect(last.appended).toBe(5);
    expect([
      last.isDone({ key: 'k1', line: 2 }, 'c'),
      last.isDone({ key: 'k3', line: 1 }, 'e'),
    ]).toEqual([true, true]);
  });

  it('is never written over', async () => {
    const path = join(await temporaryFolder('checkpoint'), 'run.jsonl');
    await (await openCheckpoint(path, header)).close();
    await expect(openCheckpoint(path, header)).rejects.toThrow(/EEXIST/);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(header);
  });

  it('is told from another file', async () => {
    await expect(readCheckpoint('/nowhere')).rejects.toThrow(/--resume \/nowhere/);
    await expect(readCheckpoint(import.meta.filename)).rejects.toThrow(/no checkpoint/);
  });
});

describe('--stack', () => {
  const outputs = {
    api_url: 'https://x',
    region: 'eu-west-1',
    stream_name: 's',
    archive_bucket: 'a',
    spill_bucket: 'p',
    failures_bucket: 'f',
    dispatch_mapping_uuid: 'u',
    dispatch_table: 'table',
    dispatch_function_name: 'd',
  };

  it('reads what terraform output -json prints, and the same in short', () => {
    const long = Object.fromEntries(
      Object.entries(outputs).map(([name, value]) => [
        name,
        { sensitive: false, type: 'string', value },
      ]),
    );
    const { api_url, ...needed } = outputs;
    for (const form of [outputs, long])
      expect(readOutputs(JSON.stringify(form), 'file')).toEqual({ ...needed, settings: {} });
  });

  it('goes by the settings that were deployed', async () => {
    const path = join(await temporaryFolder('stack'), 'outputs.json');
    const settings = { value: { stream_retention_hours: 24 } };
    await writeFile(path, JSON.stringify({ ...outputs, settings }));
    const stack = await openAwsStack(path);
    expect(stack.settings).toMatchObject({ stream_retention_hours: 24, max_attempts: 8 });
    stack.close();
  });

  it.each([
    ['{"region":"x"}', /stream_name is missing, archive_bucket is missing/],
    ['not JSON', /holds no JSON/],
    ['[]', /is not this pipeline's/],
  ])('refuses %j', (json, message) => {
    expect(() => readOutputs(json, 'file')).toThrow(message);
  });
});
