import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { ApiKeyStore } from '../ports.ts';
import { nameOfApiKey } from './api-key.ts';

/** The simple response of an HTTP API Lambda authorizer; `keyName` is what logs may show, never the key. */
export interface Verdict {
  isAuthorized: boolean;
  context: { keyName: string };
}

/** Lets a request in only if it presents an accepted key. Denies by default, also when the keys cannot be read. */
export async function authorizeRequest(
  presented: string | undefined,
  { keys, log }: { keys: ApiKeyStore; log: Log },
): Promise<Verdict> {
  if (!presented) return deny();
  try {
    const keyName =
      nameOfApiKey(presented, await keys.load()) ??
      nameOfApiKey(presented, await keys.loadLatest());
    return keyName === undefined ? deny() : { isAuthorized: true, context: { keyName } };
  } catch (error) {
    log.error('The API keys could not be read; the request is denied', { error: messageOf(error) });
    return deny();
  }
}

function deny(): Verdict {
  return { isAuthorized: false, context: { keyName: '' } };
}
