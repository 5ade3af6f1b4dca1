import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dispatchConfig, ingestConfig, parseConfig } from '../../lib/config.ts';
import { batchSizeFor } from '../../lib/dispatch/batch-size.ts';
import { readPipelineSettings } from '../../lib/settings.ts';

const SETTINGS = join(import.meta.dirname, '../../terraform/pipeline.auto.tfvars.json');

describe('the settings file of the project', () => {
  it('is valid and its batch size is the one that rate, lanes and timeout give', async () => {
    const settings = await readPipelineSettings(SETTINGS);
    const lanes = settings.shard_count * settings.dispatch_parallelization_factor;
    const size = batchSizeFor({
      ratePerSecond: settings.target_rate_per_second,
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
    });
  });

  it('fails at start and names every problem at once', () => {
    const read = () =>
      parseConfig(dispatchConfig, { TARGET_URL: 'nowhere', TARGET_RATE_PER_SECOND: 'fast' });
    for (const name of ['STREAM_NAME', 'BRAND', 'TARGET_URL', 'TARGET_RATE_PER_SECOND'])
      expect(read).toThrow(name);
  });
});
