import { describe, expect, it, onTestFinished } from 'vitest';
import { createSecretsManagerClient } from '../../../lib/aws/secrets-manager-client.ts';
import { createSecretReader } from '../../../lib/aws/secrets-manager-reader.ts';
import { hashApiKey } from '../../../lib/ingest/api-key.ts';
import { parseApiKeys } from '../../../lib/ingest/api-key-secret.ts';
import { authorizeRequest } from '../../../lib/ingest/authorize-request.ts';
import { EARLY_READ_AFTER_MS, SecretCache } from '../../../lib/secret-cache.ts';
import { startSecretsManagerEmulator } from '../../../local/emulators/secrets-manager-emulator.ts';
import { IDENTITY } from '../../../local/layout.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { putSecret } from '../../support/put-secret.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { createTestLog } from '../../support/test-log.ts';
import { type Behaviour, startSecretsServer } from './secrets-server.ts';

const TTL_MS = 60_000;
const STALE_MS = 3_600_000;

const secretOf = (...keys: string[]) =>
  JSON.stringify(Object.fromEntries(keys.map((key) => [`name-of-${key}`, hashApiKey(key)])));
const holds = (...keys: string[]): Behaviour => ({ holds: secretOf(...keys) });

/** An authorizer against an endpoint, with time in the test's hands. */
function authorizerFor(endpoint: string, secretId = 'keys') {
  const clock = new ManualClock();
  const log = createTestLog({ errorsExpected: true });
  const client = createSecretsManagerClient({
    endpoint,
    identity: IDENTITY,
    attemptTimeoutMs: 100,
  });
  onTestFinished(() => client.destroy());
  const keys = new SecretCache({
    secretId,
    read: createSecretReader(client, secretId),
    parse: parseApiKeys,
    times: { ttlMs: TTL_MS, staleMs: STALE_MS, waitMs: 350, timeoutMs: 1500 },
    clock,
    log,
  });
  /** `undefined`: it fails, so that API Gateway lets nobody in and remembers nothing. */
  const letsIn = (key: string) =>
    authorizeRequest(key, keys).then(
      ({ isAuthorized }) => isAuthorized,
      () => undefined,
    );
  /** A read in the background has ended when the one that is waited for has. */
  const settle = () => keys.loadLatest().catch(() => undefined);
  return { clock, log, letsIn, settle };
}

const FAILURES: [string, Behaviour, RegExp][] = [
  ['is not there', { refuses: 'ResourceNotFoundException' }, /ResourceNotFoundException/],
  ['may not be read', { refuses: 'AccessDeniedException' }, /AccessDeniedException/],
  ['is throttled', { refuses: 'ThrottlingException' }, /ThrottlingException/],
  ['fails', { refuses: 'InternalServiceError', status: 500 }, /InternalServiceError/],
  ['hangs', 'hangs', /TimeoutError/],
  ['resets the connection', 'resets', /cannot be read/],
  ['talks nonsense', 'talks nonsense', /cannot be read/],
  ['is empty', { holds: '' }, /is not JSON/],
  ['names no key', { holds: '{}' }, /names no API key/],
  ['is malformed', { holds: '{"old":' }, /is not JSON/],
  ['has a bad digest', { holds: '{"name-of-old":"abc"}' }, /name-of-old.+ needs the SHA-256/],
  ['holds bytes', { holdsBytes: '{}' }, /holds bytes/],
];

describe.each(FAILURES)('a secret that %s', (_, failure, reason) => {
  it('lets nobody in and denies nobody before it could be read, then tells them apart', async () => {
    const server = await startSecretsServer(failure);
    const { clock, log, letsIn } = authorizerFor(server.url);
    expect(await Promise.all([letsIn('old'), letsIn('wrong')])).toEqual([undefined, undefined]);
    expect(JSON.stringify(log.lines)).toMatch(reason);
    expect(server.calls).toBeLessThanOrEqual(2);

    server.behaviour = holds('old');
    await clock.advance(2000);
    expect(await Promise.all([letsIn('old'), letsIn('wrong')])).toEqual([true, false]);
  });

  it('goes on with the last good keys, for a bounded time', async () => {
    const server = await startSecretsServer(holds('old'));
    const { clock, log, letsIn } = authorizerFor(server.url);
    expect(await letsIn('old')).toBe(true);

    server.behaviour = failure;
    await clock.advance(2 * TTL_MS + 1);
    expect(await Promise.all([letsIn('old'), letsIn('wrong')])).toEqual([true, undefined]);
    await clock.advance(STALE_MS - 2 * TTL_MS - 2);
    expect(await letsIn('old')).toBe(true);
    await clock.advance(20_000);
    expect(await letsIn('old')).toBeUndefined();

    const text = JSON.stringify(log.lines);
    expect(text).toMatch(reason);
    expect(text).not.toMatch(/abc|[0-9a-f]{64}/);
    server.behaviour = holds('old');
    await clock.advance(20_000);
    expect(await letsIn('old')).toBe(true);
  });
});

describe('a rotation', () => {
  it.each<[string, Behaviour, Record<string, boolean>]>([
    ['before', holds('old'), { old: true, new: false, wrong: false }],
    ['with both keys', holds('old', 'new'), { old: true, new: true, wrong: false }],
    ['after', holds('new'), { old: false, new: true, wrong: false }],
  ])('lets in %s', async (_, behaviour, verdicts) => {
    const server = await startSecretsServer(behaviour);
    const { letsIn } = authorizerFor(server.url);
    for (const [key, isIn] of Object.entries(verdicts)) expect(await letsIn(key)).toBe(isIn);
  });

  it('lets a key in that was just added, and does not ask for each wrong one', async () => {
    const server = await startSecretsServer(holds('old'));
    const { clock, letsIn } = authorizerFor(server.url);
    expect(await letsIn('old')).toBe(true);
    await clock.advance(EARLY_READ_AFTER_MS);
    server.behaviour = holds('old', 'new');
    expect(await letsIn('new')).toBe(true);
    for (let n = 0; n < 50; n++) expect(await letsIn(`wrong-${n}`)).toBe(false);
    expect(server.calls).toBe(2);
  });

  it('under load denies no accepted key, and a removed one within twice its time', async () => {
    const path = `${await temporaryFolder('rotation')}/secrets.json`;
    const emulator = await startSecretsManagerEmulator({ port: 0, path });
    onTestFinished(() => emulator.close());
    const { clock, letsIn, settle } = authorizerFor(emulator.url);
    const put = (...keys: string[]) => putSecret(emulator.url, 'keys', secretOf(...keys));
    /** 20 requests of a key at once, every second. */
    const load = async (seconds: number, ...keys: string[]) => {
      const verdicts: Record<string, (boolean | undefined)[]> = {};
      for (let second = 0; second < seconds; second++) {
        for (const key of keys) {
          const answers = await Promise.all(Array.from({ length: 20 }, () => letsIn(key)));
          verdicts[key] = [...(verdicts[key] ?? []), ...answers];
        }
        await clock.advance(1000);
        await settle();
      }
      return verdicts;
    };

    await put('old');
    expect(new Set((await load(30, 'old')).old)).toEqual(new Set([true]));
    await put('old', 'new');
    await clock.advance(EARLY_READ_AFTER_MS);
    const both = await load(90, 'old', 'new');
    expect(new Set([...(both.old ?? []), ...(both.new ?? [])])).toEqual(new Set([true]));
    await put('new');
    const removing = await load((2 * TTL_MS) / 1000, 'old', 'new');
    expect(new Set(removing.new)).toEqual(new Set([true]));
    expect(removing.old?.[0]).toBe(true);
    const removed = await load(60, 'old', 'new');
    expect(new Set(removed.old)).toEqual(new Set([false]));
    expect(new Set(removed.new)).toEqual(new Set([true]));
  });

  it('takes a removed key at once after a freeze', async () => {
    const server = await startSecretsServer(holds('old', 'new'));
    const { clock, letsIn } = authorizerFor(server.url);
    expect(await letsIn('old')).toBe(true);
    server.behaviour = holds('new');
    clock.jump(2 * TTL_MS + 1);
    expect(await Promise.all([letsIn('old'), letsIn('new')])).toEqual([false, true]);
  });
});
