import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createKinesisClient } from '../../lib/aws/kinesis-client.ts';
import { createKinesisJournal } from '../../lib/aws/kinesis-journal.ts';
import { systemClock as clock } from '../../lib/clock.ts';
import type { AuditReport } from '../../lib/replay/audit.ts';
import { IDENTITY } from '../../local/layout.ts';
import { operate, start, stop } from '../support/operator.ts';
import { receivedFact } from '../support/sample-facts.ts';
import { runCommand } from '../support/start-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { createTestLog } from '../support/test-log.ts';
import { waitUntil } from '../support/wait-until.ts';

interface Dismissed {
  events: { eventId: string; outcome: string }[];
}

it('ends a dead letter that needs nothing, for every command and for the source', async () => {
  const dataDir = join(await temporaryFolder('dismiss'), 'data');
  const run = await start(dataDir);
  const { kinesis, stream, api, apiKey } = run.endpoints;
  const journal = createKinesisJournal({
    client: createKinesisClient({ endpoint: kinesis, identity: IDENTITY }),
    ...{ streamName: stream, clock, log: createTestLog() },
  });
  const at = new Date().toISOString();
  // No event that could be sent: dispatch dead-letters each.
  const bad = (eventId: string) => receivedFact({ eventId, at, keyName: 'local', payload: {} });
  await journal.appendAll([bad('-bad'), bad('other')]);
  const listed = async () => {
    const { answer } = await operate<Dismissed>('dismiss', dataDir, ['--list']);
    return answer.events.map(({ eventId }) => eventId).toSorted();
  };
  await waitUntil('both dead letters to be listed', async () => (await listed()).length === 2);

  const flags = ['--id=-bad', '--id', 'unknown', '--reason', 'a test order'];
  expect(await operate('dismiss', dataDir, [...flags, '--dry-run'])).toMatchObject({ code: 1 });
  expect(await operate<Dismissed>('dismiss', dataDir, flags)).toMatchObject({
    code: 1,
    answer: {
      events: [
        { eventId: '-bad', outcome: 'dismissed' },
        { eventId: 'unknown', outcome: 'refused' },
      ],
    },
  });
  const ask = async () => {
    const headers = { 'x-api-key': apiKey };
    const response = await fetch(`${api}/events?id=-bad`, { headers });
    return ((await response.json()) as { event: { state: string } }).event;
  };
  await waitUntil('the state to change', async () => (await ask()).state === 'dismissed');
  await waitUntil('the list to follow', async () => (await listed()).join() === 'other');
  const again = await operate<Dismissed>(
    'dismiss',
    dataDir,
    flags.slice(0, 1).concat(flags.slice(3)),
  );
  expect(again).toMatchObject({ code: 0, answer: { events: [{ outcome: 'wasDismissed' }] } });

  await waitUntil('the archive of it', async () => {
    const { answer } = await operate<AuditReport>('audit', dataDir, []);
    return answer.events.dismissed === 1 && answer.events.deadLettered === 1;
  });
  const replay = await operate<{ events: number }>('replay', dataDir, ['--dead-lettered']);
  expect(replay.answer).toMatchObject({ events: 1 });
  const traced = await runCommand('trace', ['-bad', '--data-dir', dataDir]);
  expect(traced.stdout).toMatch(/dead-lettered, malformed.*dismissed: a test order/s);
  const wrong = await runCommand('dismiss', ['--id', 'other', '--data-dir', dataDir]);
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('say why') });
  expect((await stop(run)).code).toBe(0);
});
