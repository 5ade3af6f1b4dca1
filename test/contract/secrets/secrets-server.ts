import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What a Secrets Manager does that somebody breaks on purpose. */
export type Behaviour =
  | { holds: string }
  | { holdsBytes: string }
  | { refuses: string; status?: number }
  | 'hangs'
  | 'resets'
  | 'talks nonsense';

/** An HTTP server in the place of Secrets Manager; `behaviour` may be changed at any time. */
export async function startSecretsServer(behaviour: Behaviour) {
  const state = { behaviour, calls: 0 };
  const server = createServer((request, response) => {
    state.calls += 1;
    request.resume();
    request.on('end', () => behave(state.behaviour, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, { url: `http://127.0.0.1:${port}` });
}

function behave(behaviour: Behaviour, response: ServerResponse): void {
  if (behaviour === 'hangs') return;
  if (behaviour === 'resets') {
    response.socket?.resetAndDestroy();
    return;
  }
  response.setHeader('content-type', 'application/x-amz-json-1.1');
  if (behaviour === 'talks nonsense') {
    response.end('<html>');
    return;
  }
  if ('refuses' in behaviour) response.statusCode = behaviour.status ?? 400;
  response.end(JSON.stringify(bodyOf(behaviour)));
}

function bodyOf(behaviour: Exclude<Behaviour, string>): object {
  if ('refuses' in behaviour) return { __type: behaviour.refuses, Message: 'on purpose' };
  const content =
    'holds' in behaviour
      ? { SecretString: behaviour.holds }
      : { SecretBinary: Buffer.from(behaviour.holdsBytes).toString('base64') };
  return { Name: 'keys', VersionStages: ['AWSCURRENT'], ...content };
}
