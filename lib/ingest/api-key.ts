import { createHash, timingSafeEqual } from 'node:crypto';
import type { ApiKeyHash } from '../ports.ts';

/** SHA-256 of an API key, as 64 hex digits: the only form in which a key is stored. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/**
 * The name of the accepted key that was presented, or `undefined`. Digests of equal length are compared in
 * constant time and all of them every time, so that timing tells nothing about which key came close.
 */
export function nameOfApiKey(presented: string, accepted: ApiKeyHash[]): string | undefined {
  const digest = createHash('sha256').update(presented).digest();
  let name: string | undefined;
  for (const key of accepted) {
    const expected = Buffer.from(key.sha256, 'hex');
    if (expected.length === digest.length && timingSafeEqual(expected, digest)) name ??= key.name;
  }
  return name;
}
