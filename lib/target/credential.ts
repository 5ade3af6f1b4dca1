import { readFile } from 'node:fs/promises';
import type { Log } from '../log.ts';
import type { Clock, ReadSecret, TargetCredential } from '../ports.ts';
import { EARLY_READ_AFTER_MS, SecretCache } from '../secret-cache.ts';
import { type CredentialSecret, type Headers, parseCredential } from './credential-secret.ts';
import { createHttpClient } from './http-client.ts';
import { OAuthToken } from './oauth-token.ts';
import { createTokenRequest } from './request-token.ts';

export interface CredentialOptions {
  /** Name, ARN or path, for log lines. */
  secretId: string;
  read: ReadSecret;
  /** A secret that is older than this is read again. */
  ttlMs: number;
  clock: Clock;
  log: Log;
}

/** The longest that a call waits for the secret, and for the token endpoint. */
const WAIT_MS = 2000;
const TOKEN_TIMEOUT_MS = 5000;
const TOKEN_MAX_BYTES = 100_000;
/** A file on this machine costs nothing to read. */
const FILE_TTL_MS = 1000;

/**
 * The target's credential from a secret: static headers, an OAuth token, or both. The last good value stays in use while the secret cannot be
 * read, because the target itself judges whether or not it is still good.
 */
export function createTargetCredential(options: CredentialOptions): TargetCredential {
  const { ttlMs, clock, log } = options;
  const times = {
    ttlMs,
    staleMs: Number.POSITIVE_INFINITY,
    waitMs: WAIT_MS,
    timeoutMs: WAIT_MS,
  };
  const cache = new SecretCache({ ...options, parse: keepSame(parseCredential), times });
  const request = createTokenRequest(
    createHttpClient({ timeoutMs: TOKEN_TIMEOUT_MS, maxBytes: TOKEN_MAX_BYTES, clock }),
  );
  const token = new OAuthToken({ request, clock, log });

  function headersOf({ headers, oauth }: CredentialSecret): Headers | Promise<Headers> {
    if (!oauth) return headers;
    const given = token.get(oauth);
    return typeof given === 'string'
      ? withToken(headers, given)
      : given.then((text) => withToken(headers, text));
  }

  /** When a credential was refused that has not been read again since. */
  let refusedAtMs: number | undefined;
  return {
    headers() {
      if (refusedAtMs !== undefined && clock.now() - refusedAtMs >= EARLY_READ_AFTER_MS) {
        refusedAtMs = undefined;
        return cache.loadLatest().then(headersOf, () => cache.load().then(headersOf));
      }
      const secret = cache.current();
      return secret ? headersOf(secret) : cache.load().then(headersOf);
    },
    refused() {
      refusedAtMs ??= clock.now();
      cache.readEarly();
      token.refused();
    },
  };
}

/** Opens a credential file for local runs: the same JSON as the secret, read again when it changes. */
export function openCredentialFile(
  path: string,
  { clock, log }: { clock: Clock; log: Log },
): TargetCredential {
  return createTargetCredential({
    secretId: path,
    read: readCredentialFile(path),
    ttlMs: FILE_TTL_MS,
    clock,
    log,
  });
}

/** Reads a credential file. */
export function readCredentialFile(path: string): ReadSecret {
  return (signal) => readFile(path, { encoding: 'utf8', signal });
}

function withToken(headers: Headers, token: string): Headers {
  return { ...headers, authorization: `Bearer ${token}` };
}

/** Gives the same object for the same text, so that a secret that is read again does not void its token. */
function keepSame(parse: (text: string) => CredentialSecret): (text: string) => CredentialSecret {
  let last: { text: string; secret: CredentialSecret } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, secret: parse(text) };
    return last.secret;
  };
}
