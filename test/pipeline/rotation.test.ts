import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashApiKey } from '../../lib/ingest/api-key.ts';
import { putSecret } from '../support/put-secret.ts';
import { type RunningStart, startLocalRun } from '../support/start-process.ts';
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

let folder: string;
let run: RunningStart;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orchestrator-rotation-'));
  const settings = ['--settings', await shortSettings(folder), '--api-key', 'old'];
  run = await startLocalRun(join(folder, 'data'), settings);
});
afterAll(async () => {
  run?.killGroup('SIGTERM');
  await run?.exited;
  await rm(folder, { recursive: true, force: true });
});

const put = (text: string) =>
  putSecret(run.endpoints.secretsManager, run.endpoints.apiKeysSecret, text);

function secretOf(keys: Record<string, string>): string {
  const entries = Object.entries(keys).map(([name, key]) => [name, hashApiKey(key)]);
  return JSON.stringify(Object.fromEntries(entries));
}

let sent = 0;
async function statusOf(key: string): Promise<number> {
  const event = { id: `r-${sent++}`, name: 'n', body: 'b', timestamp: 1_767_225_600 };
  const headers = { 'content-type': 'application/json', 'x-api-key': key };
  const request = { method: 'POST', headers, body: JSON.stringify(event) };
  return (await fetch(`${run.endpoints.api}/events`, request)).status;
}

describe('the API keys of a running pipeline', () => {
  it('are rotated without a refusal of a key that is in the secret', async () => {
    expect([await statusOf('old'), await statusOf('new')]).toEqual([202, 403]);

    await put(secretOf({ local: 'old', next: 'new' }));
    await waitUntil('the new key is accepted', async () => {
      expect(await statusOf('old')).toBe(202);
      return (await statusOf('new')) === 202;
    });

    await put(secretOf({ next: 'new' }));
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

  it('go on while the secret is damaged, and a key that cannot be judged gets a 500 that is not remembered', async () => {
    await put(secretOf({ next: 'new' }));
    await waitUntil('the key is accepted', async () => (await statusOf('new')) === 202);
    await put('{"next":');
    await waitUntil('no denial any more', async () => {
      expect(await statusOf('new')).toBe(202);
      return (await statusOf('later')) === 500;
    });
    expect(await statusOf('new')).toBe(202);

    await put(secretOf({ next: 'new', later: 'later' }));
    await waitUntil('the key that was added is accepted', async () => {
      const status = await statusOf('later');
      expect([202, 500]).toContain(status);
      return status === 202;
    });
  });
});
