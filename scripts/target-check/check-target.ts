import { compileContract } from '../../lib/target/compile-contract.ts';
import type { NamedContract } from '../target-contract.ts';
import { checkDocuments, type Findings, schemaOf } from './check-schema.ts';
import type { HarmlessCalls, Reply } from './harmless-calls.ts';
import { isUnreachable, problemOfReply, textOf } from './judge-reply.ts';
import { trySample } from './try-sample.ts';

/** How a target contract fits a live target. */
export interface TargetCheck extends Findings {
  ready: boolean;
  /** Median of five; absent when a call failed. */
  roundTripMs?: number;
}

interface CheckOptions {
  contract: NamedContract;
  calls: HarmlessCalls;
  /** Names the credential in messages; absent without one. */
  credentialFile: string | undefined;
  settings: { brand: string; mutations_per_request: number };
  /** An event as the source sends it; absent: one with the required fields only. */
  event: object | undefined;
  nowMs: number;
}

const ROUND_TRIPS = 5;
const NOTHING_ELSE =
  'nothing else was checked against the target: it shows its schema to a good credential only';
const NO_LOOKUP =
  'the contract has no lookup: an event whose outcome is unknown is sent again with the same idempotency key, and is there twice if the target ignores that key';

/** Compares a contract with the live target. Sends introspection and lookups only, and creates nothing. */
export async function checkTarget(options: CheckOptions): Promise<TargetCheck> {
  const { calls, credentialFile } = options;
  const contract = compileContract(options.contract.files);
  const introspected = await calls.introspect();
  if (isUnreachable(introspected))
    return checkOf([problemsOf(introspected, { credentialFile, isLookup: false })]);
  const schema = introspected.schema ? schemaOf(introspected.schema) : undefined;
  const { files } = options.contract;
  const mutationsPerRequest = options.settings.mutations_per_request;
  const documents = schema
    ? checkDocuments(schema, { files, contract, mutationsPerRequest, event: options.event })
    : { problems: [], notes: [] };
  const { absentEvent, canLookUp, ...sample } = await trySample(
    documents.problems.length === 0 ? schema : undefined,
    { ...options, files, contract },
  );

  // A document that the schema refuses is not sent: its errors are known already.
  const isLookup = canLookUp && !documents.problems.some(isAboutLookup);
  const call = isLookup ? () => calls.lookUp(absentEvent) : calls.ask;
  const reply = await call();
  const judged = problemsOf(reply, { credentialFile, isLookup });
  const isRefused = reply.verdict.kind === 'unauthorized';
  const notes = [
    ...(isRefused ? [NOTHING_ELSE] : []),
    ...(schema || judged.problems.length > 0 ? [] : [notValidated(introspected, isLookup)]),
    ...(contract.lookupField ? [] : [NO_LOOKUP]),
  ];
  const roundTripMs = judged.problems.length > 0 ? undefined : await measure(call);
  return checkOf([documents, sample, judged, { problems: [], notes }], roundTripMs);
}

function checkOf(findings: Findings[], roundTripMs?: number): TargetCheck {
  const problems = findings.flatMap((one) => one.problems);
  return {
    ready: problems.length === 0,
    problems,
    notes: findings.flatMap((one) => one.notes),
    ...(roundTripMs === undefined ? {} : { roundTripMs }),
  };
}

function problemsOf(reply: Reply, options: Parameters<typeof problemOfReply>[1]): Findings {
  const problem = problemOfReply(reply, options);
  return { problems: problem === undefined ? [] : [problem], notes: [] };
}

const isAboutLookup = (problem: string) => problem.startsWith('lookup.graphql');

function notValidated({ verdict, status }: Reply, lookedUp: boolean): string {
  const reason = 'message' in verdict ? ` (${textOf(verdict, status)})` : '';
  const done = lookedUp ? 'a lookup of an id that does not exist' : 'a request without effect';
  return `the target refuses introspection${reason}: the documents are not compared with its schema, only ${done} was possible`;
}

/** The median; `undefined` when a call failed, or time was up. */
async function measure(call: () => Promise<Reply>): Promise<number | undefined> {
  const times: number[] = [];
  for (let made = 0; made < ROUND_TRIPS; made += 1) {
    const reply = await call().catch(() => undefined);
    if (reply?.verdict.kind !== 'absent') return undefined;
    times.push(reply.milliseconds);
  }
  return Math.round(times.toSorted((a, b) => a - b)[(ROUND_TRIPS - 1) / 2] ?? 0);
}
