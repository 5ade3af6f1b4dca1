import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { startSecretsManagerEmulator } from '../../local/emulators/secrets-manager-emulator.ts';
import { runCommand, startLocalRun } from '../support/start-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ENVIRONMENT = {
  ...process.env,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_PAGER: '',
};

/** Leaves this process free to answer what the command asks. */
const execute = promisify(execFile);

function aws(...args: string[]): string {
  return execFileSync('aws', args, { env: ENVIRONMENT, encoding: 'utf8' });
}

function hasAwsCli(): boolean {
  try {
    aws('--version');
    return true;
  } catch {
    console.warn('SKIPPED: the AWS CLI is not on this machine, so nothing is asked with it');
    return false;
  }
}

it.skipIf(!hasAwsCli())('the stock AWS CLI sees stream, archive and table', async () => {
  const dataDir = join(await temporaryFolder('cli'), 'data');
  const run = await startLocalRun(dataDir, ['--archive-seconds', '1', '--shards', '2']);
  onTestFinished(async () => {
    run.killGroup('SIGTERM');
    await run.exited;
  });
  await runCommand('send', ['--count', '10', '--rate', '100', '--data-dir', dataDir, '--json']);

  const { kinesis, s3, dynamoDb, stream, archiveBucket, dispatchTable } = run.endpoints;
  const asked = ['kinesis', 'describe-stream-summary', '--stream-name', stream];
  const summary = JSON.parse(aws('--endpoint-url', kinesis, ...asked, '--output', 'json')) as {
    StreamDescriptionSummary: unknown;
  };
  expect(summary.StreamDescriptionSummary).toMatchObject({
    StreamName: stream,
    StreamStatus: 'ACTIVE',
    OpenShardCount: 2,
  });

  const describe = ['dynamodb', 'describe-table', '--table-name', dispatchTable];
  expect(
    JSON.parse(aws('--endpoint-url', dynamoDb, ...describe, '--output', 'json')),
  ).toMatchObject({
    Table: { TableName: dispatchTable, TableStatus: 'ACTIVE' },
  });

  const list = () => aws('--endpoint-url', s3, 's3', 'ls', '--recursive', `s3://${archiveBucket}`);
  const giveUpAtMs = Date.now() + 20_000;
  let listing = '';
  while (!listing.includes('facts/dt=') && Date.now() < giveUpAtMs)
    try {
      listing = list();
    } catch {
      // An empty listing is exit code 1.
    }
  expect(listing).toMatch(/facts\/dt=\d{4}-\d\d-\d\d\/hh=\d\d\/orchestrator-archive-1-.*\.gz/);
});

it.skipIf(!hasAwsCli())('the stock AWS CLI reads and replaces a secret', async () => {
  const path = join(await temporaryFolder('cli-secrets'), 'secrets.json');
  const emulator = await startSecretsManagerEmulator({ port: 0, path });
  onTestFinished(() => emulator.close());
  const ask = async (action: string, ...args: string[]) => {
    const asked = ['--endpoint-url', emulator.url, '--output', 'json', 'secretsmanager', action];
    const { stdout } = await execute('aws', [...asked, ...args], { env: ENVIRONMENT });
    return JSON.parse(stdout);
  };
  await ask('create-secret', '--name', 'shop/keys', '--secret-string', '{"a":"ž"}');
  const { ARN } = await ask('get-secret-value', '--secret-id', 'shop/keys');
  await ask('put-secret-value', '--secret-id', ARN, '--secret-string', 'two');
  const previous = ['--version-stage', 'AWSPREVIOUS'];
  expect(await ask('get-secret-value', '--secret-id', 'shop/keys')).toMatchObject({
    Name: 'shop/keys',
    SecretString: 'two',
    VersionStages: ['AWSCURRENT'],
  });
  expect(await ask('get-secret-value', '--secret-id', ARN, ...previous)).toMatchObject({
    SecretString: '{"a":"ž"}',
  });
  const { VersionIdsToStages } = await ask('describe-secret', '--secret-id', ARN);
  expect(Object.values(VersionIdsToStages).flat().sort()).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
  await expect(ask('get-secret-value', '--secret-id', 'none')).rejects.toThrow(
    'ResourceNotFoundException',
  );
});
