import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerJson } from './answer.ts';

export interface Exchange {
  req: IncomingMessage;
  res: ServerResponse;
  /** What follows the `?`, undecoded. */
  query: string;
}

export type Handler = (exchange: Exchange) => void | Promise<void>;

/** The handlers by path, then by method. */
export type Routes = ReadonlyMap<string, ReadonlyMap<string, Handler>>;

/** Finds the handler and runs it; an unknown path is answered 404, a wrong method 405, a broken handler 500. */
export async function route(
  routes: Routes,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const [path = '/', query = ''] = (req.url ?? '/').split('?', 2);
  const methods = routes.get(path);
  if (!methods) return answerJson(res, 404, { message: `There is nothing at ${path}.` });
  const handler = methods.get(req.method === 'HEAD' ? 'GET' : (req.method ?? ''));
  if (!handler) {
    const allow = [...methods.keys()].join(', ');
    return answerJson(res, 405, { message: `${path} takes ${allow} only.` }, { allow });
  }
  try {
    await handler({ req, res, query });
  } catch (error) {
    if (req.destroyed && !req.complete) return; // the client left while sending
    console.error(error);
    if (!res.headersSent) answerJson(res, 500, { message: 'Unexpected error.' });
  }
}
