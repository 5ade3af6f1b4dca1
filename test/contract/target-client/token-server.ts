import type { IncomingHttpHeaders } from 'node:http';
import { serve } from '../../support/test-server.ts';

/** The behaviour of the token endpoint; `issues` counts the tokens. */
export type TokenBehaviour =
  | { issues: object }
  | { status: number; body: string; type?: string }
  | 'hangs'
  | 'resets';

/** An OAuth token endpoint on this machine; `behaviour` may be changed at any time. Its tokens are `token-1`, `token-2`, … */
export async function startTokenServer(behaviour: TokenBehaviour = { issues: {} }) {
  const state = {
    behaviour,
    issued: 0,
    requests: [] as { headers: IncomingHttpHeaders; form: Record<string, string> }[],
    url: '',
  };
  state.url = await serve((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const form = Object.fromEntries(new URLSearchParams(text));
      state.requests.push({ headers: request.headers, form });
      const now = state.behaviour;
      if (now === 'hangs') return;
      if (now === 'resets') return void request.socket.destroy();
      if ('issues' in now) {
        state.issued += 1;
        response.setHeader('content-type', 'application/json');
        const token = {
          access_token: `token-${state.issued}`,
          token_type: 'Bearer',
          ...now.issues,
        };
        response.end(JSON.stringify(token));
        return;
      }
      response.writeHead(now.status, { 'content-type': now.type ?? 'application/json' });
      response.end(now.body);
    });
  });
  return state;
}
