/**
 * Milliseconds that a `Retry-After` header asks for: whole seconds or an HTTP date (RFC 9110, section 10.2.3);
 * a date in the past is 0, anything unreadable `undefined`. Pure.
 */
export function parseRetryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim();
  if (!text) return undefined;
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  if (!/[A-Za-z]/.test(text)) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
