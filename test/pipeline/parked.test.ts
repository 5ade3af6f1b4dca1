import { join } from 'node:path';
import { expect, it } from 'vitest';
import { encodeFact } from '../../lib/event/encode.ts';
import type { ReceivedFact } from '../../lib/event/fact.ts';
import { parkedKey } from '../../lib/recover/spill-key.ts';
import type { AuditReport } from '../../lib/replay/audit.ts';
import { readTargetIds } from '../../scripts/demo/target-client.ts';
import { openStack, requireLive } from '../../scripts/stack/stack.ts';
import { operate, start } from '../support/operator.ts';
import { deferredFact, receivedFact } from '../support/sample-facts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

const HOUR_MS = 3_600_000;

it('delivers a parked event when it is due, and shows one that is not as waiting', async () => {
  const dataDir = join(await temporaryFolder('parked'), 'data');
  const { endpoints } = await start(dataDir, ['--recover-seconds', '1']);
  const stack = await openStack({ 'data-dir': dataDir });
  const at = new Date(Date.now() - HOUR_MS).toISOString();

  async function park(eventId: string, dueMs: number): Promise<string> {
    const fact: ReceivedFact = {
      ...receivedFact({ eventId, at, mayRepeat: true, deferral: 1, failedAttempts: 3 }),
    };
    const key = parkedKey(fact, dueMs);
    await stack.spill?.put(key, encodeFact(fact), { contentType: 'application/json' });
    const until = new Date(dueMs).toISOString();
    await requireLive(stack).journal.appendAll([deferredFact({ eventId, at, until })]);
    return key;
  }

  const dueMs = Date.now() + HOUR_MS;
  const later = await park('later', dueMs);
  await park('due', Date.now() - 1000);
  await waitUntil('the event that was due', async () =>
    (await readTargetIds(endpoints.target)).includes('due'),
  );

  await waitUntil('the archive of both', async () => {
    const { answer } = await operate<AuditReport>('audit', dataDir, []);
    const { events, unarchived } = answer;
    return events.delivered === 1 && events.parked === 1 && unarchived.facts === 0;
  });
  const audit = await operate<AuditReport>('audit', dataDir, []);
  expect(audit).toMatchObject({ code: 0, answer: { holds: true, events: { received: 2 } } });
  const dueAt = new Date(dueMs).toISOString();
  expect(await operate('trace', dataDir, ['later'])).toMatchObject({
    code: 0,
    answer: { state: 'deferred', dueAt, parked: [{ where: `spill ${later}` }] },
  });
  expect(await operate('trace', dataDir, ['due'])).toMatchObject({
    answer: { state: 'delivered', parked: [] },
  });
  expect(await readTargetIds(endpoints.target)).toEqual(['due']);
  stack.close();
});
