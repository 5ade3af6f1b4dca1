import type { FieldProblem } from './event/source-event.ts';

/** An HTTP API response, payload format 2.0. */
export interface HttpResponse {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** A refusal as `application/problem+json` (RFC 9457); `detail` tells the caller what to do. */
export function problemResponse(
  status: number,
  detail: string,
  more: { errors?: FieldProblem[]; traceId?: string; headers?: Record<string, string> } = {},
): HttpResponse {
  const { headers, ...members } = more;
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: JSON.stringify({
      type: 'about:blank',
      title: TITLES[status] ?? 'Error',
      status,
      detail,
      ...members,
    }),
  };
}

export function jsonResponse(status: number, body: unknown): HttpResponse {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

/** Every path of the API and the methods it knows. */
const ROUTES: Record<string, string[]> = {
  '/events': ['POST', 'GET'],
  '/health': ['GET'],
  '/events/health': ['GET'],
};

/**
 * Answers what is not the source's business: health, and everything that has no route. An HTTP API itself knows no 405,
 * so its `$default` route leads here.
 */
export function answerDefaultRoute(method: string, path: string): HttpResponse {
  const methods = ROUTES[path];
  if (!methods) {
    const known = Object.keys(ROUTES).join(', ');
    return problemResponse(404, `There is nothing at ${path}. The API has ${known}.`);
  }
  if (methods.includes(method) && path !== '/events') return jsonResponse(200, { message: 'OK' });
  const allow = methods.join(', ');
  return problemResponse(405, `${path} does not take ${method}. Use ${allow}.`, {
    headers: { allow },
  });
}
