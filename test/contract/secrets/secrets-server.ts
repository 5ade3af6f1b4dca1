import { createServer, type ServerResponse } from 'node:http';
import { listen } from '../../support/test-server.ts';

/** Behaviour of a Secrets Manager that is broken on purpose. */
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
  return Object.assign(state, { url: `http://${await listen(server)}` });
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
