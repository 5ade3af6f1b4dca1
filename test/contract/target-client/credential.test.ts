import { rm, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSecretsManagerClient } from '../../../lib/aws/secrets-manager-client.ts';
import { createSecretReader } from '../../../lib/aws/secrets-manager-reader.ts';
import { systemClock } from '../../../lib/clock.ts';
import type { TargetCredential } from '../../../lib/ports.ts';
import { EARLY_READ_AFTER_MS } from '../../../lib/secret-cache.ts';
import { DEFAULT_CODES } from '../../../lib/target/codes.ts';
import { createTargetCredential, openCredentialFile } from '../../../lib/target/credential.ts';
import { createGraphQlTarget } from '../../../lib/target/graphql-target.ts';
import { IDENTITY } from '../../../local/layout.ts';
import { itemContract } from '../../support/item-contract.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { createTestLog } from '../../support/test-log.ts';
import { serve } from '../../support/test-server.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { type Behaviour, startSecretsServer } from '../secrets/secrets-server.ts';
import { startTokenServer, type TokenBehaviour } from './token-server.ts';

const CALL = { traceId: 'f'.repeat(32) };
const EVENT = { id: 'a', payload: { id: 'a', name: 'n', body: 'b' }, timestamp: 1 };
const TTL_MS = 300_000;

const holds = (token: string): Behaviour => ({
  holds: JSON.stringify({ headers: { Authorization: `Bearer ${token}`, 'X-Client': 'shop' } }),
});

/** A target over HTTP that wants a bearer token. */
async function startDoor(accepted: string) {
  const door = { accepted, seen: [] as IncomingHttpHeaders[], url: '' };
  door.url = await serve((request, response) => {
    door.seen.push(request.headers);
    const isIn = request.headers.authorization === `Bearer ${door.accepted}`;
    response.writeHead(isIn ? 200 : 401, { 'content-type': 'application/json' });
    const errors = [{ message: 'who are you?', extensions: { code: 'UNAUTHENTICATED' } }];
    const data = { createItem: { id: 'a' }, getItem: { id: 'a' } };
    request.resume().on('end', () => response.end(JSON.stringify(isIn ? { data } : { errors })));
  });
  return door;
}

function creationAt(url: string, credential: TargetCredential) {
  const target = createGraphQlTarget({
    url,
    timeoutMs: 5000,
    contract: itemContract(),
    brand: () => 'acme',
    codes: DEFAULT_CODES,
    responseMaxBytes: 1_000_000,
    clock: systemClock,
    credential,
  });
  const create = async () => (await target.create([EVENT], CALL)).verdicts[0];
  return { target, create };
}

/** A secret in Secrets Manager. */
async function openSecret(secret: Behaviour) {
  const [clock, log] = [new ManualClock(), createTestLog()];
  const secrets = await startSecretsServer(secret);
  const client = createSecretsManagerClient({ endpoint: secrets.url, identity: IDENTITY });
  onTestFinished(() => client.destroy());
  const credential = createTargetCredential({
    secretId: 'target',
    read: createSecretReader(client, 'target'),
    ttlMs: TTL_MS,
    clock,
    log,
  });
  return { clock, log, secrets, credential };
}

describe('static headers', () => {
  async function setUp({ secret = holds('one'), accepted = 'one' } = {}) {
    const door = await startDoor(accepted);
    const opened = await openSecret(secret);
    return { door, ...opened, ...creationAt(door.url, opened.credential) };
  }

  it('go with every request, beside its own, and are read once for many', async () => {
    const { door, secrets, target } = await setUp();
    await Promise.all(Array.from({ length: 20 }, () => target.create([EVENT], CALL)));
    await target.lookUp([EVENT], CALL);
    expect(door.seen).toHaveLength(21);
    for (const headers of door.seen)
      expect(headers).toMatchObject({
        authorization: 'Bearer one',
        'x-client': 'shop',
        'content-type': 'application/json',
        traceparent: expect.stringMatching(/^00-f{32}-/),
      });
    expect(secrets.calls).toBe(1);
  });

  it('are read anew after a refusal, long before their time, and not for each refusal', async () => {
    const { clock, door, secrets, create } = await setUp();
    expect(await create()).toEqual({ kind: 'delivered' });

    secrets.behaviour = holds('two');
    door.accepted = 'two';
    await clock.advance(EARLY_READ_AFTER_MS);
    const refused = { kind: 'unauthorized', code: 'UNAUTHENTICATED' };
    expect(await create()).toMatchObject(refused);
    await waitUntil('a delivery', async () => (await create())?.kind === 'delivered');
    expect(secrets.calls).toBe(2);

    door.accepted = 'three';
    for (let n = 0; n < 20; n++) expect(await create()).toMatchObject(refused);
    expect(secrets.calls).toBe(2);
  });

  it('stay in use while the secret cannot be read', async () => {
    const { clock, log, secrets, create } = await setUp();
    await create();
    secrets.behaviour = { refuses: 'AccessDeniedException' };
    await clock.advance(86_400_000);
    expect(await create()).toEqual({ kind: 'delivered' });
    expect(JSON.stringify(log.lines)).not.toContain('Bearer');
  });

  it('that cannot be read keep everything from being sent', async () => {
    const refusing: Behaviour = { refuses: 'ResourceNotFoundException' };
    const { door, create } = await setUp({ secret: refusing });
    const failure = await create();
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'CREDENTIAL_UNAVAILABLE' });
    expect(failure).toHaveProperty('message', expect.stringContaining('ResourceNotFoundException'));
    expect(door.seen).toEqual([]);
  });
});

describe('client credentials', () => {
  const SECRET = 'hunter2 &=%';

  async function setUp(more: object = {}, behaviour?: TokenBehaviour, accepted = 'token-1') {
    const [door, tokens] = [await startDoor(accepted), await startTokenServer(behaviour)];
    const oauth = { tokenUrl: tokens.url, clientId: 'shop:1', clientSecret: SECRET, ...more };
    const text = JSON.stringify({ headers: { 'x-client': 'shop' }, oauth });
    const opened = await openSecret({ holds: text });
    return { door, tokens, ...opened, ...creationAt(door.url, opened.credential) };
  }

  it('get a token, once for many requests', async () => {
    const { door, tokens, create } = await setUp({ scope: 'items:write', audience: 'api' });
    await Promise.all(Array.from({ length: 20 }, create));
    for (const headers of door.seen)
      expect(headers).toMatchObject({ authorization: 'Bearer token-1', 'x-client': 'shop' });
    expect(door.seen).toHaveLength(20);
    const form = { grant_type: 'client_credentials', scope: 'items:write', audience: 'api' };
    expect(tokens.requests.map((request) => request.form)).toEqual([form]);
    const basic = Buffer.from('shop%3A1:hunter2+%26%3D%25').toString('base64');
    expect(tokens.requests[0]?.headers.authorization).toBe(`Basic ${basic}`);
  });

  it('go into the body where the server wants them there', async () => {
    const { tokens, create } = await setUp({ clientAuthentication: 'body' });
    expect(await create()).toEqual({ kind: 'delivered' });
    const [request] = tokens.requests;
    expect(request?.form).toMatchObject({ client_id: 'shop:1', client_secret: SECRET });
    expect(request?.headers.authorization).toBeUndefined();
  });

  it.each([
    ['a minute before its end', { expires_in: 3600 }, 3_540_000],
    ['a tenth before its end, if it is short', { expires_in: 100 }, 90_000],
    ['after five minutes, if its server does not say', {}, 270_000],
    ['at its end given as a text', { expires_in: '3600' }, 3_540_000],
  ])('renew the token %s, while no call waits', async (_, issues, renewMs) => {
    const { clock, tokens, create } = await setUp({}, { issues });
    await create();
    await clock.advance(renewMs - 1000);
    await create();
    expect(tokens.issued).toBe(1);
    tokens.behaviour = 'hangs';
    await clock.advance(1000);
    expect(await create()).toEqual({ kind: 'delivered' });
    await waitUntil('a renewal', () => tokens.requests.length === 2);
    // One request at a time.
    await create();
    expect(tokens.requests).toHaveLength(2);
  });

  it('wait for a new token when the old one is over', async () => {
    const { clock, door, create } = await setUp({}, { issues: { expires_in: 100 } });
    await create();
    await clock.advance(100_000);
    door.accepted = 'token-2';
    expect(await create()).toEqual({ kind: 'delivered' });
  });

  it('renew a refused token, and at most every five seconds', async () => {
    const { clock, door, tokens, create } = await setUp();
    await create();
    door.accepted = 'token-2';
    for (let n = 0; n < 5; n++) expect(await create()).toMatchObject({ kind: 'unauthorized' });
    expect(tokens.issued).toBe(1);
    await clock.advance(5000);
    await waitUntil('a delivery', async () => (await create())?.kind === 'delivered');
    door.accepted = 'never';
    for (let n = 0; n < 20; n++) await create();
    expect(tokens.issued).toBe(2);
  });

  it('of a replaced secret are used at once', async () => {
    const { clock, door, secrets, tokens, create } = await setUp();
    await create();
    const oauth = { tokenUrl: tokens.url, clientId: 'shop:2', clientSecret: 'new' };
    secrets.behaviour = { holds: JSON.stringify({ oauth }) };
    // The refusal renews the token with the old secret, too.
    door.accepted = 'token-3';
    await clock.advance(EARLY_READ_AFTER_MS);
    await waitUntil('a delivery', async () => (await create())?.kind === 'delivered');
    const basic = Buffer.from('shop%3A2:new').toString('base64');
    expect(tokens.requests.at(-1)?.headers.authorization).toBe(`Basic ${basic}`);
  });

  it.each<[string, TokenBehaviour, string]>([
    [
      'a refused client',
      { status: 401, body: '{"error":"invalid_client"}' },
      'status 401, invalid_client',
    ],
    [
      'an echo of the secret',
      { status: 400, body: JSON.stringify({ error: SECRET, error_description: SECRET }) },
      'status 400',
    ],
    ['a page', { status: 503, body: '<h1>', type: 'text/html' }, 'status 503 without a token'],
    ['a redirect', { status: 302, body: '' }, 'status 302 without a token'],
    ['a page with status 200', { status: 200, body: '<h1>', type: 'text/html' }, 'without a token'],
    ['junk', { status: 200, body: 'junk' }, 'a response without a token'],
    ['no token', { status: 200, body: '{}' }, 'a response without a token'],
    ['another type of token', { issues: { token_type: 'mac' } }, 'a response without a token'],
    ['a token that is no text', { issues: { access_token: 7 } }, 'a response without a token'],
    ['too much', { status: 200, body: 'x'.repeat(200_000) }, 'RESPONSE_TOO_LARGE'],
    ['a reset', 'resets', 'ECONNRESET'],
  ])('without a token send nothing, and show no secret: %s', async (_, behaviour, message) => {
    const { clock, door, log, tokens, create } = await setUp({}, behaviour);
    const failure = await create();
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'CREDENTIAL_UNAVAILABLE' });
    expect(failure).toHaveProperty('message', expect.stringContaining(message));
    const said = JSON.stringify([failure, log.lines]);
    expect(said).not.toContain('hunter2');
    expect(said).not.toContain('token-1');

    // Failures are backed off: no request for each event.
    for (let n = 0; n < 20; n++) expect(await create()).toEqual(failure);
    expect(tokens.requests).toHaveLength(1);
    expect(door.seen).toEqual([]);

    tokens.behaviour = { issues: { access_token: 'token-1' } };
    await clock.advance(250);
    expect(await create()).toEqual({ kind: 'delivered' });
  });

  it('wait a limited time for a token endpoint that hangs', async () => {
    const { create } = await setUp({}, 'hangs');
    const failure = await create();
    expect(failure).toMatchObject({ code: 'CREDENTIAL_UNAVAILABLE' });
    expect(failure).toHaveProperty('message', expect.stringContaining('TIMEOUT'));
  });
});

describe('a credential file', () => {
  it('is read again when it changes', async () => {
    const path = join(await temporaryFolder('credential'), 'target.json');
    const write = (token: string) =>
      writeFile(path, JSON.stringify({ headers: { authorization: `Bearer ${token}` } }));
    await write('one');
    const door = await startDoor('one');
    const clock = new ManualClock();
    const credential = openCredentialFile(path, { clock, log: createTestLog() });
    const { create } = creationAt(door.url, credential);
    expect(await create()).toEqual({ kind: 'delivered' });
    await write('two');
    door.accepted = 'two';
    await clock.advance(2000);
    await waitUntil('a delivery', async () => (await create())?.kind === 'delivered');
    await rm(path);
    await clock.advance(2000);
    expect(await create()).toEqual({ kind: 'delivered' });
  });

  it.each([
    ['is not there', undefined, 'ENOENT'],
    ['is bad', '{"headers":{"te":"hunter2"}}', '("te") is one that every request has'],
  ])('that %s says so', async (_, text, message) => {
    const path = join(await temporaryFolder('credential'), 'target.json');
    if (text) await writeFile(path, text);
    const credential = openCredentialFile(path, { clock: systemClock, log: createTestLog() });
    const failure = await creationAt('http://127.0.0.1:1/', credential).create();
    expect(failure).toMatchObject({ code: 'CREDENTIAL_UNAVAILABLE' });
    expect(failure).toHaveProperty('message', expect.stringContaining(message));
    expect(JSON.stringify(failure)).not.toContain('hunter2');
  });
});
