import type {
  Clock,
  Failure,
  LookupVerdict,
  Target,
  TargetCall,
  TargetCredential,
  TargetEvent,
  TargetResult,
  Verdict,
} from '../ports.ts';
import { traceparentOf } from '../trace-context.ts';
import type { TargetAnswer } from './answer.ts';
import type { TargetCodes } from './codes.ts';
import type { TargetContract } from './contract.ts';
import { evaluateCreation, evaluateLookup, type Place } from './evaluate.ts';
import { idempotencyKey } from './idempotency-key.ts';
import { lookupVerdictOf } from './lookup-verdict.ts';
import { chain, type MaybePromise } from './maybe-promise.ts';
import { CONTRACT_FAULT } from './no-response.ts';
import { type Brand, type BuildOperation, prepare } from './prepare.ts';
import { redacted } from './redact.ts';
import { isRefusedTogether } from './refused-together.ts';
import { createSender, type SendOperation } from './send-operation.ts';
import { sendWithCredential } from './send-with-credential.ts';
import { verdictOf } from './verdict.ts';

export interface GraphQlTargetOptions {
  url: string;
  /** A call is over after this, headers and body included. */
  timeoutMs: number;
  contract: TargetContract;
  /** A failure is a fault of the contract. */
  brand: Brand;
  /** Its headers go with every request; absent for a target that wants none. */
  credential?: TargetCredential | undefined;
  codes: TargetCodes;
  /** Maximum length of a response in bytes, after decompression. */
  responseMaxBytes: number;
  clock: Clock;
}

/** One kind of call: how it is built, and the meaning of its answer for each event. */
interface Operations<Each> {
  build: BuildOperation;
  headersOf: (sent: readonly TargetEvent[]) => Record<string, string>;
  judge: (answer: TargetAnswer, place: Place) => MaybePromise<Each>;
}

/** The verdict that any kind of call can give. */
interface Unavailable {
  kind: 'unavailable';
  code: string;
  message: string;
}

/**
 * The target over HTTP, read through its contract. Never rejects: an event whose variables fail to evaluate is `unavailable` and is not
 * sent; without the credential, none is. No verdict repeats the credential or the payload.
 */
export function createGraphQlTarget(options: GraphQlTargetOptions): Target {
  const { contract, brand, codes, clock, credential } = options;
  const secrets = new WeakMap<TargetAnswer, readonly string[]>();
  const send = sendWithCredential(noteSecrets(createSender(options), secrets), credential);

  async function call<Each extends { kind: string }>(
    events: readonly TargetEvent[],
    { traceId, spanId, traceFlags, newConnection }: TargetCall,
    { build, headersOf, judge }: Operations<Each>,
  ): Promise<TargetResult<Each | Unavailable>> {
    const { operation, sent, faults } = await prepare(events, brand, build);
    if (!operation)
      return { status: null, verdicts: withFaults<Each>([], faults), retryAlone: false };
    const { fields } = operation;
    const headers = headersOf(sent);
    headers.traceparent = traceparentOf(traceId, spanId, traceFlags);
    const answer = await send(operation, headers, { newConnection });
    const verdicts: Each[] = [];
    for (const [index, event] of sent.entries()) {
      const verdict = judge(answer, { event, field: fields[index] ?? '', fields });
      const judged = verdict instanceof Promise ? await verdict : verdict;
      verdicts.push(withoutSecrets(judged, secrets.get(answer), sent));
    }
    const status = answer.kind === 'response' ? answer.status : null;
    if (isCredentialRefused(status, verdicts)) credential?.refused();
    const retryAlone = isRefusedTogether(answer, fields, verdicts);
    return { status, verdicts: withFaults(verdicts, faults), retryAlone };
  }

  const verdictOptions = () => ({ codes, nowMs: clock.now() });
  const creations: Operations<Verdict> = {
    build: (inputs) => contract.createOperation(inputs),
    headersOf: keyHeader,
    judge: (answer, place) =>
      chain(evaluateCreation(contract, answer, place), (item) =>
        verdictOf(answer, item, verdictOptions()),
      ),
  };
  const lookups: Operations<LookupVerdict> = {
    build: (inputs) => contract.lookupOperation(inputs),
    headersOf: () => ({}),
    judge: async (answer, place) =>
      lookupVerdictOf(answer, await evaluateLookup(contract, answer, place), verdictOptions()),
  };
  return {
    canLookUp: contract.lookupField !== undefined,
    create: (events, traced) => call(events, traced, creations),
    lookUp: (events, traced) => call(events, traced, lookups),
  };
}

function isFailure<Each>(verdict: Each): verdict is Each & Failure {
  return typeof verdict === 'object' && verdict !== null && 'code' in verdict;
}

function withoutSecrets<Each>(
  verdict: Each,
  secrets: readonly string[] = [],
  sent: readonly TargetEvent[],
): Each {
  if (!isFailure(verdict)) return verdict;
  const payloads = sent.map(({ payload }) => payload);
  return redacted(verdict, secrets, payloads);
}

/** Headers of ours: no secrets. */
const OURS = new Set(['idempotency-key', 'traceparent']);

/** Notes with each answer the secret headers of its request, since a target may repeat them. */
function noteSecrets(
  send: SendOperation,
  secrets: WeakMap<TargetAnswer, readonly string[]>,
): SendOperation {
  return async (operation, headers, connection) => {
    const answer = await send(operation, headers, connection);
    const theirs = Object.keys(headers).filter((name) => !OURS.has(name));
    if (theirs.length > 0)
      secrets.set(
        answer,
        theirs.map((name) => headers[name] ?? ''),
      );
    return answer;
  };
}

/** The key stands for one event, so a request with several has none. */
function keyHeader([first, second]: readonly TargetEvent[]): Record<string, string> {
  return first && !second ? { 'idempotency-key': idempotencyKey(first.id) } : {};
}

function isCredentialRefused(status: number | null, verdicts: { kind: string }[]): boolean {
  return status === 401 || status === 403 || verdicts.some(({ kind }) => kind === 'unauthorized');
}

/** The verdicts of the events that were sent, and between them those of the events that were not. */
function withFaults<Each>(
  verdicts: Each[],
  faults: readonly (string | undefined)[] | undefined,
): (Each | Unavailable)[] {
  if (!faults) return verdicts;
  const given = verdicts.values();
  return faults.map((message) =>
    message === undefined
      ? (given.next().value as Each)
      : { kind: 'unavailable', code: CONTRACT_FAULT, message },
  );
}
