import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { AuditReport } from '../../lib/replay/audit.ts';
import { operate, stop } from '../support/operator.ts';
import { startLocalRun } from '../support/start-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

it('ends an id that the source sends twice, in the books of every command', async () => {
  const dataDir = join(await temporaryFolder('repeated-id'), 'data');
  const run = await startLocalRun(dataDir, ['--archive-seconds', '1']);
  onTestFinished(() => run.killGroup('SIGKILL'));
  const post = async () => {
    const body = JSON.stringify({ id: 'twice', name: 'n', body: 'b', timestamp: 1_767_225_600 });
    const headers = { 'content-type': 'application/json', 'x-api-key': run.endpoints.apiKey };
    const { status } = await fetch(`${run.endpoints.api}/events`, {
      method: 'POST',
      headers,
      body,
    });
    expect(status).toBe(202);
  };
  const delivered = async (from: string[], count: number) => {
    const { answer } = await operate<AuditReport>('audit', dataDir, from);
    return answer.archive.facts >= count && answer.events.delivered === 1;
  };
  await post();
  await waitUntil('the first end in the archive', () => delivered([], 2));
  // The second is in no range of the first, and the newest record that there is.
  const from = ['--from', new Date().toISOString()];
  await post();
  await waitUntil('the second end in the archive', () => delivered(from, 2));

  const traced = await operate('trace', dataDir, ['twice', '--archive']);
  expect(traced).toMatchObject({ code: 0, answer: { state: 'delivered' } });
  const audited = await operate('audit', dataDir, [...from, '--pending-within', '1s']);
  expect(audited).toMatchObject({ code: 0, answer: { holds: true, offences: { unaccounted: 0 } } });
  const undelivered = [...from, '--undelivered', '--older-than', '0s'];
  expect(await operate('replay', dataDir, undelivered)).toMatchObject({ answer: { events: 0 } });

  const replayed = await operate('replay', dataDir, ['--execute', '--reason', 'try']);
  expect(replayed).toMatchObject({ code: 0, answer: { appended: 1, end: 'done' } });
  expect((await stop(run)).code).toBe(0);
});
