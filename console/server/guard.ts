import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** A refusal: its status, and what to do about it. */
export interface Refusal {
  status: 400 | 403 | 404 | 405 | 413 | 415 | 421;
  message: string;
}

/**
 * Refuses a request that did not ask for this console by a name of this machine. A page elsewhere can make a name of its own lead here (DNS rebinding);
 * the browser then sends that name. Pure.
 */
export function refuseHost(headers: IncomingHttpHeaders, port: number): Refusal | undefined {
  if (isOwnHost(headers.host, port)) return undefined;
  return {
    status: 421,
    message: `The console serves 127.0.0.1 and localhost only: open http://127.0.0.1:${port}/`,
  };
}

function isOwnHost(host: string | undefined, port: number): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].some((name) => host === `${name}:${port}`);
}

/**
 * Refuses a request that may not come from this console's own page: another origin, no token, or a body that a form could send. Pure.
 *
 * @param token the token that only the own page can read
 */
export function refuseForgery(
  { headers }: { headers: IncomingHttpHeaders },
  token: string,
): Refusal | undefined {
  const { origin, host, 'content-type': type = '', 'sec-fetch-site': site } = headers;
  if (origin !== `http://${host}` || (site !== undefined && site !== 'same-origin'))
    return { status: 403, message: 'The request comes from another page than the console.' };
  if (!isSame(String(headers['x-csrf-token'] ?? ''), token))
    return {
      status: 403,
      message: 'The page is older than this console process: reload it and try again.',
    };
  if (!/^application\/json\b/.test(type))
    return { status: 415, message: 'The body must be application/json.' };
  return undefined;
}

/** Tells a read that another page makes, such as by an image: it could not see the result, but each costs a search. Pure. */
export function isOfAnotherSite({ headers }: { headers: IncomingHttpHeaders }): boolean {
  const { 'sec-fetch-site': site = 'none' } = headers;
  return site !== 'none' && site !== 'same-origin';
}

function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Headers of every response: nothing runs, loads or connects but from here, and no page may frame or read it. */
export const SAFE_HEADERS: Record<string, string> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'clipboard-write=(self)',
  'cache-control': 'no-store',
};
