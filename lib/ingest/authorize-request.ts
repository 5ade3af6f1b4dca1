import type { ApiKeyStore } from '../ports.ts';
import { nameOfApiKey } from './api-key.ts';

/** The simple response of an HTTP API Lambda authorizer; `keyName` is what logs may show, never the key. */
export interface Verdict {
  isAuthorized: boolean;
  context: { keyName: string };
}

/**
 * Lets a request in only if it presents an accepted key, and denies it otherwise. Rejects while the keys that this rests on cannot be
 * read: API Gateway remembers a denial for every caller with that key, and a failure for none (docs/adr/0006).
 */
export async function authorizeRequest(
  presented: string | undefined,
  keys: ApiKeyStore,
): Promise<Verdict> {
  if (!presented) return deny();
  const keyName =
    nameOfApiKey(presented, await keys.load()) ?? nameOfApiKey(presented, await keys.loadLatest());
  return keyName === undefined ? deny() : { isAuthorized: true, context: { keyName } };
}

function deny(): Verdict {
  return { isAuthorized: false, context: { keyName: '' } };
}
