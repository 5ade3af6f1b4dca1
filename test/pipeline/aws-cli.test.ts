import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runCommand, startLocalRun } from '../support/start-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ENVIRONMENT = {
  ...process.env,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_PAGER: '',
};

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

it.skipIf(!hasAwsCli())('the stock AWS CLI sees the stream and the archive', async () => {
  const dataDir = join(await temporaryFolder('cli'), 'data');
  const run = await startLocalRun(dataDir, ['--archive-seconds', '1', '--shards', '2']);
  onTestFinished(async () => {
    run.killGroup('SIGTERM');
    await run.exited;
  });
  await runCommand('send', ['--count', '10', '--rate', '100', '--data-dir', dataDir, '--json']);

  const { kinesis, s3, stream, archiveBucket } = run.endpoints;
  const asked = ['kinesis', 'describe-stream-summary', '--stream-name', stream];
  const summary = JSON.parse(aws('--endpoint-url', kinesis, ...asked, '--output', 'json')) as {
    StreamDescriptionSummary: unknown;
  };
  expect(summary.StreamDescriptionSummary).toMatchObject({
    StreamName: stream,
    StreamStatus: 'ACTIVE',
    OpenShardCount: 2,
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
