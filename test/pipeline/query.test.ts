import { describe, expect, it, onTestFinished } from 'vitest';
import { createDynamoDbClient } from '../../lib/aws/dynamodb-client.ts';
import { createDynamoDbEventFacts } from '../../lib/aws/dynamodb-status-table.ts';
import { IDENTITY } from '../../local/layout.ts';
import { runCommand, startLocalRun } from '../support/start-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

describe('npm run query', () => {
  it('answers from the archive of a run, and from what a run has left', async () => {
    const dataDir = await temporaryFolder('query');
    const flags = ['--data-dir', dataDir];
    const run = await startLocalRun(dataDir, ['--archive-seconds', '1']);
    onTestFinished(() => run.killGroup('SIGKILL'));
    const sent = await runCommand('send', ['--count', '20', '--rate', '50', '--json', ...flags]);
    const { accepted } = JSON.parse(sent.stdout) as { accepted: number };
    expect(accepted).toBeGreaterThan(0);

    await waitUntil('all events delivered, as the archive says', async () => {
      const { stdout } = await runCommand('query', ['states', '--json', ...flags]);
      const states = JSON.parse(stdout) as { state: string; events: number }[];
      // One that was not accepted in time can be in the journal all the same.
      return (
        states.length === 1 && states[0]?.state === 'delivered' && states[0].events >= accepted
      );
    });
    const posted = await fetch(`${run.endpoints.api}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': 'local-secret' },
      body: JSON.stringify({ id: 'asked-for', name: 'n', body: 'b', timestamp: 1767225600 }),
    });
    const { event } = (await posted.json()) as { event: { traceId: string } };
    const requestId = posted.headers.get('apigw-requestid') ?? '';
    await waitUntil('the archive to know the event of a request', async () => {
      const asked = ['request', '--request-id', requestId, '--json', ...flags];
      const [found] = JSON.parse((await runCommand('query', asked)).stdout);
      if (found) expect(found).toMatchObject({ event_id: 'asked-for', trace_id: event.traceId });
      return found !== undefined;
    });
    const events = await runCommand('query', ['events', '--json', ...flags]);
    expect(events).toMatchObject({ code: 0, stderr: '' });
    const [{ event_id: eventId }] = JSON.parse(events.stdout);

    const { dynamoDb, statusTable: tableName } = run.endpoints;
    const client = createDynamoDbClient({ endpoint: dynamoDb, identity: IDENTITY });
    const status = createDynamoDbEventFacts({
      ...{ client, tableName: tableName ?? '', isConsistent: true },
    });
    await waitUntil('the event to be projected', async () => {
      const facts = await status.of(eventId);
      return facts.map(({ type }) => type).join() === 'received,delivered';
    });

    run.killGroup('SIGKILL');
    await run.exited;
    const later = await runCommand('query', ['event', '--event-id', eventId, '--csv', ...flags]);
    expect(later).toMatchObject({ code: 0, stderr: expect.stringContaining('the run has ended') });
    expect(later.stdout.split('\r\n').map((line) => line.split(',')[1])).toEqual([
      'type',
      'received',
      'delivered',
    ]);
  });

  it.each([
    ['no name', [], /Name a query/],
    ['an unknown name', ['stats'], /no query stats; there are conflicts, dead-letters/],
    ['no run', ['states', '--data-dir', '/nowhere'], /no run to be found/],
    ['a time that is none', ['states', '--from', 'yesterday'], /--from must be a time/],
    ['no event', ['event'], /--event-id/],
    ['a flag of another query', ['states', '--event-id', 'e'], /does not apply/],
    ['another flag of another query', ['event', '--request-id', 'r'], /does not apply/],
    ['a stack that is not there', ['states', '--stack', '/nowhere'], /--stack \/nowhere/],
  ])('refuses %s', async (_, flags, message) => {
    const { code, stdout, stderr } = await runCommand('query', flags);
    expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(message)]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('lists the queries', async () => {
    const { code, stdout } = await runCommand('query', ['--list', '--json']);
    expect(code).toBe(0);
    const listed = JSON.parse(stdout) as { name: string; description: string }[];
    expect(listed.map(({ name }) => name)).toContain('undelivered');
    for (const { description } of listed) expect(description).toMatch(/^[A-Z].{20,}\.$/);
  });
});
