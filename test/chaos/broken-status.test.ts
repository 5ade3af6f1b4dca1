import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { expect, it, onTestFinished } from 'vitest';
import { createDynamoDbClient } from '../../lib/aws/dynamodb-client.ts';
import { IDENTITY } from '../../local/layout.ts';
import { runCommand, startLocalRun } from '../support/start-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

it('delivers every event and stops cleanly though nothing can be projected', async () => {
  const dataDir = await temporaryFolder('broken-status');
  const run = await startLocalRun(dataDir);
  onTestFinished(() => run.killGroup('SIGKILL'));
  const { api, apiKey, dynamoDb: endpoint, statusTable } = run.endpoints;
  const client = createDynamoDbClient({ endpoint, identity: IDENTITY });
  await client.send(new DeleteTableCommand({ TableName: statusTable ?? '' }));
  const flags = ['--count', '50', '--rate', '50', '--json', '--data-dir', dataDir];
  const { accepted } = JSON.parse((await runCommand('send', flags)).stdout);
  expect(accepted).toBeGreaterThan(0);

  await waitUntil('every accepted event at the target', async () => {
    const { items } = await (await fetch(`${run.endpoints.target}/stats`)).json();
    return items >= accepted;
  });
  const logOf = (name: string) => readFileSync(join(dataDir, 'logs', `${name}.log`), 'utf8');
  await waitUntil('the projection to have tried', () =>
    logOf('project').includes('resource not found'),
  );
  expect(logOf('project')).not.toContain('"level":"error"');
  const asked = await fetch(`${api}/events?id=any`, { headers: { 'x-api-key': apiKey } });
  expect(asked.status).toBe(503);

  run.killGroup('SIGTERM');
  expect((await run.exited).code).toBe(0);
});
