import { CREDENTIAL_UNAVAILABLE } from '../errors.ts';

/** The code of an event whose expressions in the target contract fail. */
export const CONTRACT_FAULT = 'CONTRACT_FAULT';

/** The code of a failure that only the target contract tells. */
export const CONTRACT_VERDICT = 'CONTRACT_VERDICT';

/** Failures before the first byte of a request leaves: no connection, no name, no trust. */
const NEVER_SENT = new Set([
  CONTRACT_FAULT,
  CREDENTIAL_UNAVAILABLE,
  'CONNECT_TIMEOUT',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
]);

/** OpenSSL's names for a certificate that is refused during the handshake. */
const CERTIFICATE = /^(CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_|UNABLE_TO_|INVALID_CA$)/;

/** True where the target certainly did not act, since it was never asked. Pure. */
export function isNeverSent({ code, neverSent }: { code: string; neverSent?: boolean }): boolean {
  return neverSent === true || NEVER_SENT.has(code) || CERTIFICATE.test(code);
}
