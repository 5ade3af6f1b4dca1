import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { hashApiKey } from '../../lib/ingest/api-key.ts';
import { putSecret } from '../support/put-secret.ts';
import { startLocalRun } from '../support/start-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

const SETTINGS_FILE = join(import.meta.dirname, '../../terraform/pipeline.auto.tfvars.json');
const TTL_SECONDS = 2;
const CACHE_SECONDS = 1;
/** What docs/adr/0006 promises of a removed key: twice the keys' time, and the gateway's memory of the verdict. */
const BOUND_MS = (2 * TTL_SECONDS + CACHE_SECONDS) * 1000;
/** For the request that is under way then, on a machine that is busy with something else. */
const GRACE_MS = 2000;

async function shortSettings(folder: string): Promise<string> {
  const settings = JSON.parse(await readFile(SETTINGS_FILE, 'utf8'));
  const path = join(folder, 'settings.json');
  const short = { authorize_keys_ttl_seconds: TTL_SECONDS, authorize_cache_seconds: CACHE_SECONDS };
  await writeFile(path, JSON.stringify({ ...settings, ...short }));
  return path;
}

it('rotates the API keys of a running pipeline, and never refuses a key that is in the secret', async () => {
  const folder = await temporaryFolder('rotation');
  const settings = ['--settings', await shortSettings(folder), '--api-key', 'old'];
  const run = await startLocalRun(join(folder, 'data'), settings);
  onTestFinished(async () => {
    run.killGroup('SIGTERM');
    await run.exited;
  });
  const { api, secretsManager, apiKeysSecret } = run.endpoints;
  const put = (keys: Record<string, string>) => {
    const entries = Object.entries(keys).map(([name, key]) => [name, hashApiKey(key)]);
    return putSecret(secretsManager, apiKeysSecret, JSON.stringify(Object.fromEntries(entries)));
  };
  let sent = 0;
  const statusOf = async (key: string) => {
    const event = { id: `r-${sent++}`, name: 'n', body: 'b', timestamp: 1_767_225_600 };
    const headers = { 'content-type': 'application/json', 'x-api-key': key };
    const body = JSON.stringify(event);
    return (await fetch(`${api}/events`, { method: 'POST', headers, body })).status;
  };

  expect([await statusOf('old'), await statusOf('new')]).toEqual([202, 403]);

  await put({ local: 'old', next: 'new' });
  await waitUntil('the new key is accepted', async () => {
    expect(await statusOf('old')).toBe(202);
    return (await statusOf('new')) === 202;
  });

  await put({ next: 'new' });
  const removedAtMs = Date.now();
  let lastAcceptedMs = removedAtMs;
  await waitUntil('the old key is refused', async () => {
    expect(await statusOf('new')).toBe(202);
    const askedAtMs = Date.now();
    const status = await statusOf('old');
    if (status === 202) lastAcceptedMs = askedAtMs;
    return status === 403;
  });
  expect(lastAcceptedMs - removedAtMs).toBeLessThanOrEqual(BOUND_MS + GRACE_MS);
  expect([await statusOf('old'), await statusOf('new')]).toEqual([403, 202]);
});
