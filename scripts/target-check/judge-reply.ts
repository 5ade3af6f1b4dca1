import { CREDENTIAL_UNAVAILABLE } from '../../lib/errors.ts';
import type { Failure } from '../../lib/ports.ts';
import { UNREADABLE } from '../../lib/target/failure.ts';
import { UNCODED } from '../../lib/target/findings.ts';
import { CONTRACT_FAULT } from '../../lib/target/no-response.ts';
import type { Reply } from './harmless-calls.ts';

const CREDENTIAL_SHAPES =
  '{"headers": {"authorization": "Bearer …"}} or {"oauth": {"tokenUrl": "https://…", "clientId": "…", "clientSecret": "…"}}';
const FOUND_ALL =
  'contract.json lookup.found is true for an id that does not exist: events would count as delivered that are not';
const UNCLEAN =
  'nothing shows that an event is absent, so every event whose outcome is unknown is parked, and not created again. A lookup of an absent item must return null, an empty list, or an error whose code says "not found"';

interface JudgeOptions {
  /** Names the credential in messages; absent without one. */
  credentialFile: string | undefined;
  /** False when the request was not a lookup. */
  isLookup: boolean;
}

/** The problem that the reply to a harmless call shows; `undefined` without one. Pure. */
export function problemOfReply(
  { verdict, status }: Reply,
  options: JudgeOptions,
): string | undefined {
  switch (verdict.kind) {
    case 'absent':
      return undefined;
    case 'found':
      return FOUND_ALL;
    case 'throttled':
      return `the target throttles every call (${textOf(verdict, status)}): wait until its limit allows calls again, and compare it with target_limit in the settings`;
    case 'unauthorized':
      return withAdvice(textOf(verdict, status), options.credentialFile);
    case 'unavailable':
      return problemOfFailure(verdict, status, options);
  }
}

/** True where the address or the connection is wrong, so that no other call can succeed either. Pure. */
export function isUnreachable({ verdict, status }: Reply): boolean {
  return status === null && verdict.kind === 'unavailable' && verdict.code !== CONTRACT_FAULT;
}

/** A failure in one line: its status, its code and its message, each once. Pure. */
export function textOf({ code, message }: Failure, status: number | null): string {
  const heading = status === null ? [] : [`HTTP ${status}`];
  const named = code === UNCODED || code === `HTTP_${status}` ? [] : [code];
  return `${[...heading, ...named].join(', ')}: ${message}`;
}

function problemOfFailure(
  failure: Failure,
  status: number | null,
  { credentialFile, isLookup }: JudgeOptions,
): string {
  const { code, message } = failure;
  if (code === CONTRACT_FAULT) return message;
  if (code === CREDENTIAL_UNAVAILABLE)
    return `the credential in ${credentialFile} cannot be used: ${message}`;
  const text = textOf(failure, status);
  if (status === null) return `the target cannot be reached: ${text}`;
  if (status >= 300 && status < 400)
    return `the target redirects (${text}), and redirects are not followed: give its final address`;
  if (code === 'HTTP_404' || code === 'HTTP_405' || code === UNREADABLE)
    return `no GraphQL answer (${text}): is this the address of the GraphQL endpoint?`;
  if (!isLookup) return `the target refuses a request without effect (${text})`;
  return `a lookup of an id that does not exist fails (${text}): ${UNCLEAN}`;
}

function withAdvice(refusal: string, credentialFile: string | undefined): string {
  return credentialFile === undefined
    ? `the target wants a credential (${refusal}): put ${CREDENTIAL_SHAPES} into a file and name it with --target-credential FILE`
    : `the target refuses the credential in ${credentialFile} (${refusal}): check its value, and what it permits. The file holds ${CREDENTIAL_SHAPES}`;
}
