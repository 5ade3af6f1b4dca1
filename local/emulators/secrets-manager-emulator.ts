import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../../lib/errors.ts';
import { ACCOUNT_ID, IDENTITY } from '../layout.ts';
import { openSecrets, type SecretsManagerActions } from './secrets-manager-actions.ts';
import { SecretsManagerError } from './secrets-manager-error.ts';

const LOOPBACK = '127.0.0.1';
const FINISH_REQUESTS_WITHIN_MS = 1_000;
const PREFIX = 'secretsmanager.';

export interface SecretsManagerEmulator {
  url: string;
  /** Lets running requests end. */
  close(): Promise<void>;
}

/**
 * Secrets Manager on 127.0.0.1, its secrets in one file: GetSecretValue, PutSecretValue, CreateSecret and DescribeSecret, as the AWS
 * JSON 1.1 protocol has them. Signatures are not checked, nothing is encrypted: it is for keys of a local run.
 */
export async function startSecretsManagerEmulator(options: {
  port: number;
  path: string;
}): Promise<SecretsManagerEmulator> {
  const actions = openSecrets({
    path: options.path,
    region: IDENTITY.region,
    accountId: ACCOUNT_ID,
  });
  const server = createServer((request, response) => {
    answer(request, response, actions).catch(() => response.destroy());
  });
  server.listen(options.port, LOOPBACK);
  await once(server, 'listening');
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      const impatience = setTimeout(() => server.closeAllConnections(), FINISH_REQUESTS_WITHIN_MS);
      await closed;
      clearTimeout(impatience);
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  actions: SecretsManagerActions,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const target = String(request.headers['x-amz-target'] ?? '');
  const { status, body } = run(actions, target, Buffer.concat(chunks).toString('utf8'));
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    'x-amzn-requestid': randomUUID(),
  });
  response.end(JSON.stringify(body));
}

function run(
  actions: SecretsManagerActions,
  target: string,
  text: string,
): { status: number; body: object } {
  const name = target.startsWith(PREFIX) ? target.slice(PREFIX.length) : '';
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (!action)
    return refusal(400, 'UnknownOperationException', `This emulator does not have ${target}.`);
  let input: unknown;
  try {
    input = JSON.parse(text || '{}');
  } catch {
    return refusal(400, 'SerializationException', 'The body is not JSON.');
  }
  try {
    return { status: 200, body: action(input) };
  } catch (error) {
    return error instanceof SecretsManagerError
      ? refusal(400, error.type, error.message)
      : refusal(500, 'InternalServiceError', messageOf(error));
  }
}

function refusal(status: number, type: string, message: string) {
  return { status, body: { __type: type, Message: message } };
}
