import { CREDENTIAL_UNAVAILABLE, messageOf } from '../errors.ts';
import type { TargetCredential } from '../ports.ts';
import type { SendOperation } from './send-operation.ts';

/** Sends each operation with the credential's headers; without the credential, sends nothing. Never rejects. */
export function sendWithCredential(
  send: SendOperation,
  credential: TargetCredential | undefined,
): SendOperation {
  if (!credential) return send;
  return async (operation, headers, connection) => {
    let theirs: Record<string, string>;
    try {
      const given = credential.headers();
      theirs = given instanceof Promise ? await given : given;
    } catch (error) {
      return { kind: 'noResponse', code: CREDENTIAL_UNAVAILABLE, message: messageOf(error) };
    }
    return send(operation, { ...theirs, ...headers }, connection);
  };
}
