import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dispatchConfig, ingestConfig, parseConfig } from '../../lib/config.ts';
import { readPipelineSettings } from '../../lib/settings.ts';
import { ratePerSecondOf } from '../../lib/target-limit.ts';
import { batchSizeFor } from '../../local/effective-settings.ts';

const SETTINGS = join(import.meta.dirname, '../../terraform/pipeline.auto.tfvars.json');

describe('the settings file of the project', () => {
  it('is valid and its batch size is the one that rate, lanes and timeout give', async () => {
    const settings = await readPipelineSettings(SETTINGS);
    const lanes = settings.shard_count * settings.dispatch_parallelization_factor;
    const size = batchSizeFor({
      ratePerSecond: ratePerSecondOf(settings.target_limit),
      lanes,
      timeoutSeconds: settings.dispatch_timeout_seconds,
    });
    expect(settings.dispatch_batch_size).toBe(size);
  });
});

describe('readPipelineSettings', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'settings-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function messageFor(text: string): Promise<string> {
    const path = join(folder, 'settings.json');
    await writeFile(path, text);
    return readPipelineSettings(path).then(
      () => 'valid',
      (error: Error) => error.message,
    );
  }

  it('names every problem at once', async () => {
    const settings = await readPipelineSettings(SETTINGS);
    const bad = { ...settings, shard_count: 0, brand: '', colour: 'red' };
    const message = await messageFor(JSON.stringify(bad));
    expect(message).toMatch(/shard_count/);
    expect(message).toMatch(/brand/);
    expect(message).toMatch(/colour/);
  });

  it('refuses a function that times out before it could deliver anything', async () => {
    const settings = await readPipelineSettings(SETTINGS);
    const message = await messageFor(JSON.stringify({ ...settings, dispatch_timeout_seconds: 15 }));
    expect(message).toMatch(/dispatch_timeout_seconds must leave 15 s/);
  });

  it.each([
    [
      'a limit that one invocation cannot pace',
      { target_limit: { calls: 500, per: 'day' } },
      /target_limit of 500 per day is 500 \/ 86,400 s \/ 1 per call = 0\.005787 calls a second/,
    ],
    ['the rate by its former name', { target_rate_per_second: 100 }, /target_rate_per_second/],
    [
      'a parked event that would be given up before its third return',
      { parking_delay_seconds: 3600, straggler_max_age_hours: 6 },
      /straggler_max_age_hours must be at least 7 × parking_delay_seconds/,
    ],
    ['too large a share', { straggler_share: 0.6 }, /straggler_share must be at most 0\.5/],
    [
      'another answer to systemic rejections',
      { on_systemic_rejection: 'drop' },
      /on_systemic_rejection must be park or dead-letter/,
    ],
    [
      'a code with a comma',
      { target_codes: { unknown: ['A,B'] } },
      /target_codes\.unknown\.0 must be a code without a comma/,
    ],
  ])('refuses %s', async (_, changes, problem) => {
    const settings = await readPipelineSettings(SETTINGS);
    expect(await messageFor(JSON.stringify({ ...settings, ...changes }))).toMatch(problem);
  });

  it('says which file is not JSON', async () => {
    expect(await messageFor('{')).toMatch(/settings\.json: .*JSON/);
  });
});

describe('batchSizeFor', () => {
  it.each([
    ['one lane', { ratePerSecond: 100, lanes: 1, timeoutSeconds: 120 }, 1200],
    ['four lanes', { ratePerSecond: 100, lanes: 4, timeoutSeconds: 120 }, 300],
    ['a slow target', { ratePerSecond: 0.01, lanes: 1, timeoutSeconds: 60 }, 1],
    ['a fast target', { ratePerSecond: 10_000, lanes: 1, timeoutSeconds: 900 }, 10_000],
  ])('for %s', (_, of, size) => {
    expect(batchSizeFor(of)).toBe(size);
  });
});

describe('parseConfig', () => {
  it('reads numbers and fills in defaults', () => {
    const environment = { STREAM_NAME: 's', SPILL_BUCKET: 'b', APPEND_TIMEOUT_MS: ' 20 ' };
    expect(parseConfig(ingestConfig, environment)).toEqual({
      ...{ STREAM_NAME: 's', SPILL_BUCKET: 'b' },
      ...{ APPEND_TIMEOUT_MS: 20, SPILL_AFTER_MS: 120, BUDGET_MS: 350 },
      ...{ METRICS_NAMESPACE: 'orchestrator', LOG_LEVEL: 'INFO' },
    });
  });

  it('fails at start and names every problem at once', () => {
    const read = () =>
      parseConfig(dispatchConfig, { TARGET_URL: 'nowhere', TARGET_RATE_PER_SECOND: 'fast' });
    for (const name of [
      'STREAM_NAME',
      'DISPATCH_TABLE',
      'BRAND',
      'TARGET_URL',
      'TARGET_RATE_PER_SECOND',
    ])
      expect(read).toThrow(name);
  });
});
