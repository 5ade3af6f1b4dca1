import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GraphQLError } from 'graphql';
import { expect, it, onTestFailed, onTestFinished } from 'vitest';
import type { AuditReport } from '../../lib/replay/audit.ts';
import { SETTINGS_FILE } from '../../scripts/settings-file.ts';
import { type ServerOptions, startGraphQlServer } from '../support/graphql-server.ts';
import { operate, send } from '../support/operator.ts';
import { startLocalRun } from '../support/start-process.ts';
import { ITEM_TYPES } from '../support/switchable-target.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

type Arguments = { id: string; brand: string };

/** A target of the default contract that keeps no ids unique, and fails for ever for ids that begin with `bad-`, as no UUID does. */
async function startTarget(options: ServerOptions = {}) {
  const created: string[] = [];
  const calls = new Map<string, number>();
  function note({ id }: { id: string }): void {
    calls.set(id, (calls.get(id) ?? 0) + 1);
    if (id.startsWith('bad-'))
      throw new GraphQLError('boom', { extensions: { code: 'INTERNAL_SERVER_ERROR' } });
  }
  const resolvers = {
    Query: {
      getItem(_: unknown, given: Arguments) {
        note(given);
        return created.includes(given.id) ? given : null;
      },
    },
    Mutation: {
      createItem(_: unknown, given: Arguments) {
        note(given);
        created.push(given.id);
        return given;
      },
    },
  };
  const server = await startGraphQlServer({ typeDefs: ITEM_TYPES, resolvers }, options);
  return { url: server.url, created, calls };
}

/** On a busy machine the target, which runs in the test's own process, may take this long to execute a call. */
const TARGET_TIMEOUT_MS = 30_000;

async function startRun(targetUrl: string, changes: object = {}) {
  const settings = join(await temporaryFolder('settings'), 'settings.json');
  const shared = JSON.parse(await readFile(SETTINGS_FILE, 'utf8'));
  const common = { parking_delay_seconds: 1, target_timeout_ms: TARGET_TIMEOUT_MS };
  await writeFile(settings, JSON.stringify({ ...shared, ...common, ...changes }));
  const dataDir = await temporaryFolder('outage');
  const run = await startLocalRun(dataDir, [
    ...['--archive-seconds', '1', '--rate', '100', '--recover-seconds', '1'],
    ...['--target-url', targetUrl, '--settings', settings],
  ]);
  onTestFinished(() => run.killGroup('SIGKILL'));
  let last: AuditReport | undefined;
  async function audited(): Promise<AuditReport> {
    last = (await operate<AuditReport>('audit', dataDir, [])).answer;
    return last;
  }
  onTestFailed(async () => {
    console.error('The last audit:', last);
    console.error('The end of what the run said:', (await run.exited).stderr.slice(-6000));
  });
  return { dataDir, endpoints: run.endpoints, audited };
}

/** On a busy machine an event may be parked more often, and commands take seconds to start. */
const PATIENCE_MS = 240_000;

async function post({ api, apiKey }: { api: string; apiKey: string }, id: string): Promise<void> {
  const response = await fetch(`${api}/events`, {
    method: 'POST',
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
    body: JSON.stringify({ id, name: 'n', body: 'b', timestamp: 1_767_225_600 }),
  });
  expect(response.status).toBe(202);
}

it('delivers everything after a target has refused the credential for 20 seconds, and dead-letters nothing', async () => {
  let untilMs = 0;
  let refused = 0;
  const target = await startTarget({
    intercept(body) {
      // The check at the start is no outage.
      if (!body.includes('createItem') && untilMs === 0) return undefined;
      untilMs ||= Date.now() + 20_000;
      if (Date.now() > untilMs) return undefined;
      refused += 1;
      return { status: 401, body: '{"errors":[{"message":"Token expired"}]}' };
    },
  });
  const { dataDir, audited } = await startRun(target.url);
  const ids = await send(dataDir, 300, join(dataDir, 'acked.txt'));
  await waitUntil(
    'all events delivered',
    async () => {
      const { received, delivered } = (await audited()).events;
      return received >= ids.length && delivered === received;
    },
    PATIENCE_MS,
  );
  expect(await audited()).toMatchObject({ holds: true, events: { deadLettered: 0, parked: 0 } });
  expect(ids.filter((id) => !target.created.includes(id))).toEqual([]);
  expect(new Set(target.created).size).toBe(target.created.length);
  // The first calls in flight, then one a second.
  expect(refused).toBeLessThan(90);
}, 300_000);

it('delivers 788 events as if 12 among them that fail for ever were not there, and dead-letters those after max_attempts', async () => {
  const target = await startTarget();
  const { dataDir, endpoints, audited } = await startRun(target.url, {
    max_attempts: 6,
    retry_pause_ms: 100,
  });
  const bad = Array.from({ length: 12 }, (_, index) => `bad-${index}`);

  const sending = send(dataDir, 788, join(dataDir, 'acked.txt'));
  for (const id of bad) {
    await post(endpoints, id);
    await delay(400);
  }
  const ids = await sending;
  const missing = () => ids.filter((id) => !target.created.includes(id));
  await waitUntil('the good events delivered', () => missing().length === 0, PATIENCE_MS);

  // A dead letter needs another event to succeed after it.
  let more = 0;
  await waitUntil(
    'the dead letters',
    async () => {
      await post(endpoints, `more-${more++}`);
      return (await audited()).events.deadLettered === 12;
    },
    PATIENCE_MS,
  );
  await waitUntil(
    'the last event',
    async () => (await audited()).events.pending === 0,
    PATIENCE_MS,
  );
  const audit = await audited();
  expect(audit).toMatchObject({ holds: true, events: { parked: 0, deadLettered: 12 } });
  expect(audit.events.delivered).toBe(audit.events.received - 12);
  for (const id of bad) {
    expect(target.calls.get(id)).toBeLessThanOrEqual(30);
    const { answer } = await operate<{ facts: { fact: Record<string, unknown> }[] }>(
      'trace',
      dataDir,
      [id],
    );
    const facts = answer.facts.map(({ fact }) => fact);
    expect(facts.filter(({ type }) => type === 'deferred').length).toBeGreaterThan(0);
    for (const { until } of facts.filter(({ type }) => type === 'deferred'))
      expect(Date.parse(String(until))).toBeGreaterThan(0);
    expect(facts.at(-1)).toMatchObject({ type: 'deadLettered', reason: 'exhausted' });
  }
}, 300_000);
