import { createHash } from 'node:crypto';
import { isJsonObject } from './source-event.ts';

/** Hex digits of a digest: 64 bits, for the few payloads that one event ever has. */
const DIGITS = 16;

/** A digest of a payload's JSON value: the order of keys and white space do not count. Pure. */
export function payloadDigest(payload: unknown): string {
  return createHash('sha256').update(canonicalJson(payload)).digest('hex').slice(0, DIGITS);
}

/** A value that `VerbatimPayload` writes is written as its value. */
function canonicalJson(payload: unknown): string {
  return JSON.stringify(payload, (_, value) => (isJsonObject(value) ? sorted(value) : value)) ?? '';
}

function sorted(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
