import { ContractFault } from '../../lib/errors.ts';
import type { Findings } from './check-schema.ts';
import type { AnsweredError, GraphQlAnswer } from './post-graphql.ts';

const CREDENTIAL_CODES = /^(UNAUTHENTICATED|UNAUTHORIZED|FORBIDDEN|ACCESS_?DENIED|INVALID_JWT)/;
/** A code that says so is as clean as no data. */
const NOT_FOUND = /NOT_?FOUND$/;
const CREDENTIAL_SHAPE = '{"headers": {"authorization": "Bearer …"}}';
const PARKED = 'so every event whose outcome is unknown is parked, and not created again';
const FOUND_ALL =
  'contract.json lookup.found is true for an id that does not exist: events would count as delivered that are not';
const NONE = { problems: [], notes: [], refused: false };

/** Judges the answer to a lookup of an id that does not exist, or to a request without effect. */
export async function judgeLookup(
  answer: GraphQlAnswer,
  options: {
    credentialFile: string | undefined;
    /** Absent when the request was not a lookup. */
    isFound: ((data: unknown) => Promise<boolean>) | undefined;
  },
): Promise<Findings & { refused: boolean }> {
  const { credentialFile, isFound } = options;
  const problem = (text: string, refused = false) => ({ problems: [text], notes: [], refused });
  if (answer.kind === 'none') return problem(`the target cannot be reached: ${answer.reason}`);
  const refusal = refusalIn(answer);
  if (refusal) return problem(withAdvice(refusal, credentialFile), true);
  const { status, body } = answer;
  if (!body)
    return problem(
      `HTTP ${status} without a GraphQL body: is this the address of the GraphQL endpoint?`,
    );
  if (isFound && status < 300 && isNotFound(body.errors)) return NONE;
  if (body.errors.length > 0)
    return problem(
      isFound
        ? `a lookup of an id that does not exist returns an error (${textOf(body.errors)}) and not a clean "not found": nothing shows that an event is absent, ${PARKED}`
        : `the target refuses a request without effect: ${textOf(body.errors)}`,
    );
  if (status >= 300) return problem(`the target answers HTTP ${status}`);
  try {
    return (await isFound?.(body.data)) ? problem(FOUND_ALL) : NONE;
  } catch (error) {
    if (!(error instanceof ContractFault)) throw error;
    return problem(error.message);
  }
}

function isNotFound(errors: AnsweredError[]): boolean {
  return errors.length > 0 && errors.every(({ code }) => NOT_FOUND.test(normalised(code)));
}

function normalised(code: string): string {
  return code.toUpperCase().replaceAll('-', '_');
}

function refusalIn({ status, body }: GraphQlAnswer & { kind: 'answer' }): string | undefined {
  if (status === 401 || status === 403 || status === 407) return `HTTP ${status}`;
  const error = body?.errors.find(({ code }) => CREDENTIAL_CODES.test(normalised(code)));
  return error && textOf([error]);
}

function withAdvice(refusal: string, credentialFile: string | undefined): string {
  return credentialFile === undefined
    ? `the target wants a credential (${refusal}): put ${CREDENTIAL_SHAPE} into a file and name it with --target-credential FILE`
    : `the target refuses the credential in ${credentialFile} (${refusal}): check its value, and what it permits`;
}

function textOf(errors: AnsweredError[]): string {
  return errors.map(({ message, code }) => (code ? `${code}: ${message}` : message)).join('; ');
}
