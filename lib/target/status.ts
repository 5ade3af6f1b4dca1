/**
 * Statuses that speak about the target, the credential or the route, and never about one event: RFC 9110, and those of
 * Shopify (430), Cloudflare (520–530) and proxies (598, 599).
 */
export type StatusKind = 'throttled' | 'unauthorized' | 'unavailable' | 'unknown';

const UNAVAILABLE = new Set([402, 404, 405, 407, 410, 421, 423, 425]);

/** The meaning of a status that decides alone, without the body; `undefined` for one that leaves it to the body. Pure. */
export function kindOfStatus(status: number): StatusKind | undefined {
  if (status === 429 || status === 430) return 'throttled';
  if (status === 401 || status === 403) return 'unauthorized';
  if (UNAVAILABLE.has(status) || (status >= 300 && status < 400)) return 'unavailable';
  // The request was sent, so the target may have acted before it, or something in front of it, failed.
  if (status === 408 || status >= 500) return 'unknown';
  return undefined;
}

/** Statuses about the size of this very request: the event's fault, when it is alone in it. */
export function isSizeStatus(status: number): boolean {
  return status === 413 || status === 414 || status === 431;
}

/** The HTTP status that a code is, such as `429` or `HTTP_503`; `undefined` for other codes, and for those of success. Pure. */
export function readStatusCode(code: string): number | undefined {
  const digits = /^(?:HTTP[ _-]?)?([45]\d\d)$/i.exec(code.trim())?.[1];
  return digits === undefined ? undefined : Number(digits);
}
