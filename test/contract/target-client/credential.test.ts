import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSecretsManagerClient } from '../../../lib/aws/secrets-manager-client.ts';
import { createSecretReader } from '../../../lib/aws/secrets-manager-reader.ts';
import { callTarget } from '../../../lib/dispatch/call-target.ts';
import { Circuit } from '../../../lib/dispatch/circuit.ts';
import { classify } from '../../../lib/dispatch/classify.ts';
import { type Delivery, readRecord } from '../../../lib/dispatch/delivery.ts';
import { createGraphQlTarget } from '../../../lib/dispatch/graphql-target.ts';
import { CREDENTIAL_UNAVAILABLE, DEFAULT_CODES } from '../../../lib/dispatch/outcome.ts';
import { RateControl } from '../../../lib/dispatch/rate-control.ts';
import {
  createTargetCredential,
  parseTargetCredential,
} from '../../../lib/dispatch/target-credential.ts';
import { encodeFact } from '../../../lib/event/encode.ts';
import { EARLY_READ_AFTER_MS, SecretCache } from '../../../lib/secret-cache.ts';
import { IDENTITY } from '../../../local/layout.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createTestLog } from '../../support/test-log.ts';
import { type Behaviour, startSecretsServer } from '../secrets/secrets-server.ts';

const CALL = { traceId: 'f'.repeat(32) };
const MAX_ATTEMPTS = 3;

const holds = (token: string): Behaviour => ({
  holds: JSON.stringify({ headers: { Authorization: `Bearer ${token}`, 'X-Client': 'shop' } }),
});

/** A target over HTTP that wants a bearer token, and a dispatch that has its own from a secret. */
async function setUp({ secret = holds('one'), accepted = 'one' } = {}) {
  const clock = new ManualClock();
  const log = createTestLog();
  const door = { accepted, seen: [] as IncomingHttpHeaders[] };
  const server = createServer((request, response) => {
    door.seen.push(request.headers);
    const isIn = request.headers.authorization === `Bearer ${door.accepted}`;
    response.statusCode = isIn ? 200 : 401;
    response.setHeader('content-type', 'application/json');
    const errors = [{ message: 'who are you?', extensions: { code: 'UNAUTHENTICATED' } }];
    const data = { createItem: { id: 'x' }, getItem: { id: 'x' } };
    request.resume().on('end', () => response.end(JSON.stringify(isIn ? { data } : { errors })));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const secrets = await startSecretsServer(secret);
  const client = createSecretsManagerClient({ endpoint: secrets.url, identity: IDENTITY });
  onTestFinished(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  const cache = new SecretCache({
    secretId: 'target',
    read: createSecretReader(client, 'target'),
    parse: parseTargetCredential,
    times: { ttlMs: 300_000, staleMs: Number.POSITIVE_INFINITY, waitMs: 2000, timeoutMs: 2000 },
    clock,
    log,
  });
  const target = createGraphQlTarget({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    timeoutMs: 5000,
    credential: createTargetCredential(cache),
  });
  const lane = {
    target,
    circuit: new Circuit({ failures: 4, events: 2, probeBaseMs: 100, probeMaxMs: 100 }),
    rate: new RateControl(1000),
    clock,
    random: () => 1,
    log,
    settings: {
      brand: 'acme',
      maxInFlight: 1,
      groups: { creations: 1, lookups: 1 },
      codes: DEFAULT_CODES,
      verifyAfterCrash: false,
      maxAttempts: MAX_ATTEMPTS,
      backoff: { baseMs: 100, maxMs: 100 },
      throttlePauseMs: 100,
      retryAfterMaxMs: 1000,
    },
  };
  /** The outcome of one creation. */
  const create = async (id = 'a') =>
    classify(await target.createItems([deliveryOf(id).item], CALL), 'createItem', clock.now());
  return { clock, log, door, secrets, cache, target, lane, create };
}

function deliveryOf(id: string): Delivery {
  const payload = { id, name: 'n', body: 'b', timestamp: 1_767_225_600 };
  const at = '2026-01-01T00:00:00.000Z';
  const data = encodeFact({ v: 1, type: 'received', eventId: id, at, ...CALL, payload });
  const record = { sequenceNumber: '1', partitionKey: id, data, arrivedAtMs: 0 };
  const reading = readRecord(record, 'acme', 0);
  if (reading.kind !== 'deliver') throw new Error(`the test's own event is ${reading.kind}`);
  return reading.delivery;
}

describe('the target’s credential', () => {
  it('goes with every request, beside its own headers, and is read once for many', async () => {
    const { door, secrets, target } = await setUp();
    const item = deliveryOf('a').item;
    await Promise.all(Array.from({ length: 20 }, () => target.createItems([item], CALL)));
    await target.getItems(['a'], CALL);
    expect(door.seen).toHaveLength(21);
    for (const headers of door.seen)
      expect(headers).toMatchObject({
        authorization: 'Bearer one',
        'x-client': 'shop',
        'content-type': 'application/json',
        traceparent: expect.stringMatching(/^00-f{32}-/),
      });
    expect(door.seen[0]).toHaveProperty('idempotency-key', 'a');
    expect(secrets.calls).toBe(1);
  });

  it('is read anew after a refusal, long before its time, and not for each refusal', async () => {
    const { clock, door, secrets, cache, create } = await setUp();
    expect(await create()).toEqual({ kind: 'delivered' });

    secrets.behaviour = holds('two');
    door.accepted = 'two';
    await clock.advance(EARLY_READ_AFTER_MS);
    const refused = { kind: 'transient', ambiguous: false, code: 'UNAUTHENTICATED' };
    expect(await create()).toMatchObject(refused);
    await cache.loadLatest();
    expect(await create()).toEqual({ kind: 'delivered' });
    expect(secrets.calls).toBe(2);

    door.accepted = 'three';
    for (let n = 0; n < 20; n++) expect(await create()).toMatchObject(refused);
    expect(secrets.calls).toBe(2);
  });

  it('stays in use while the secret cannot be read', async () => {
    const { clock, log, secrets, cache, create } = await setUp();
    await create();
    secrets.behaviour = { refuses: 'AccessDeniedException' };
    await clock.advance(86_400_000);
    expect(await create()).toEqual({ kind: 'delivered' });
    await expect(cache.loadLatest()).rejects.toThrow('AccessDeniedException');
    expect(JSON.stringify(log.lines)).not.toContain('Bearer');
  });
});

describe('a credential that cannot be had', () => {
  it('sends nothing, and counts against the target and not against the events', async () => {
    const refusing: Behaviour = { refuses: 'ResourceNotFoundException' };
    const { clock, door, secrets, lane } = await setUp({ secret: refusing });
    const deliveries = [deliveryOf('a'), deliveryOf('b')];
    for (let round = 0; round < 2 * MAX_ATTEMPTS; round++)
      for (const delivery of deliveries) {
        const { deliveries: results } = await callTarget([delivery], lane);
        // Never with a lookup first: it is certain that the target did not act.
        expect(results).toEqual([expect.objectContaining({ kind: 'again' })]);
        expect(delivery).toMatchObject({ failures: 0, verify: false });
        expect(delivery.lastError?.code).toBe(CREDENTIAL_UNAVAILABLE);
        expect(delivery.lastError?.message).toContain('ResourceNotFoundException');
      }
    expect(door.seen).toEqual([]);
    expect(lane.circuit.isOpen).toBe(true);

    secrets.behaviour = holds('one');
    await clock.advance(2000);
    for (const delivery of deliveries) {
      const { deliveries: results } = await callTarget([delivery], lane);
      expect(results).toEqual([expect.objectContaining({ kind: 'ended' })]);
    }
    expect(lane.circuit.isOpen).toBe(false);
  });
});
