import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Workspace } from '../../scripts/terraform/workspace.ts';
import { waitUntil } from '../support/wait-until.ts';

export interface Emulator {
  url: string;
  stop(): Promise<void>;
}

/** moto's server on a free port of the loopback interface. */
export async function startEmulator(python: string): Promise<Emulator> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const flags = ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)];
  // Without this, moto does not know the policies that AWS itself maintains.
  const env = { ...process.env, MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' };
  const child = spawn(python, flags, { stdio: 'ignore', env });
  const exited = once(child, 'exit');
  await waitUntil('moto answers', async () => {
    if (child.exitCode !== null) throw new Error(`moto ended with ${child.exitCode}`);
    return fetch(`${url}/moto-api/`).then(
      (response) => response.ok,
      () => false,
    );
  });
  return {
    url,
    async stop() {
      child.kill();
      await exited;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

const SERVICES = [
  'apigatewayv2 athena cloudwatch cloudwatchlogs dynamodb events firehose glue iam kinesis kms lambda',
  's3 secretsmanager sns sts timestreamwrite',
].flatMap((names) => names.split(' '));

/** Override files beside a copy of the root: its own code stays as it is, and asks the emulator. */
export async function pointAt(workspace: Workspace, url: string): Promise<void> {
  const endpoints = SERVICES.map((service) => `    ${service} = "${url}"`).join('\n');
  await writeFile(
    join(workspace.root, 'emulator_override.tf'),
    `terraform {
  backend "local" {}
}
provider "aws" {
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  s3_use_path_style           = true
  max_retries                 = 2
  endpoints {
${endpoints}
  }
}
`,
  );
  // moto does not know S3's request metrics; the mocked plans cover them.
  await writeFile(
    join(workspace.root, 'modules/observability/emulator_override.tf'),
    'resource "aws_s3_bucket_metric" "writes" {\n  count = 0\n}\n',
  );
}
