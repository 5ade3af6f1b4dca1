import { type GraphQLSchema, getIntrospectionQuery } from 'graphql';
import { compileContract } from '../../lib/target/compile-contract.ts';
import type { NamedContract } from '../target-contract.ts';
import { checkDocuments, type Findings, schemaOf } from './check-schema.ts';
import { judgeLookup } from './judge-lookup.ts';
import type { GraphQlAnswer, PostGraphQl } from './post-graphql.ts';
import { trySample } from './try-sample.ts';

/** How a target contract fits a live target. */
export interface TargetCheck extends Findings {
  ready: boolean;
  /** Median of five; absent when a call failed. */
  roundTripMs?: number;
}

export interface CheckOptions {
  contract: NamedContract;
  post: PostGraphQl;
  /** Names the credential in messages; absent without one. */
  credentialFile: string | undefined;
  settings: { brand: string; mutations_per_request: number };
  /** An event as the source sends it; absent: one with the required fields only. */
  event: object | undefined;
  nowMs: number;
}

const ROUND_TRIPS = 5;
const NOTHING = { query: '{ __typename }', variables: {} };
const NO_LOOKUP =
  'the contract has no lookup: an event whose outcome is unknown is sent again with the same idempotency key, and is there twice if the target ignores that key';

/** Compares a contract with the live target. Sends introspection and lookups only, and creates nothing. */
export async function checkTarget(options: CheckOptions): Promise<TargetCheck> {
  const { post } = options;
  const contract = compileContract(options.contract.files);
  const introspected = await post(getIntrospectionQuery({ descriptions: false }));
  if (introspected.kind === 'none')
    return checkOf([
      { problems: [`the target cannot be reached: ${introspected.reason}`], notes: [] },
    ]);
  const schema = readSchema(introspected);
  const { files } = options.contract;
  const mutationsPerRequest = options.settings.mutations_per_request;
  const documents = schema
    ? checkDocuments(schema, { files, contract, mutationsPerRequest })
    : { problems: [], notes: [] };
  const { lookup, absentEvent, ...sample } = await trySample(
    documents.problems.length === 0 ? schema : undefined,
    { ...options, files, contract },
  );

  // A document that the schema refuses is not sent: its errors are known already.
  const isSent = lookup !== undefined && !documents.problems.some(isAboutLookup);
  const operation = isSent ? lookup : NOTHING;
  const answer = await post(operation.query, operation.variables);
  const { refused, ...judged } = await judgeLookup(answer, {
    credentialFile: options.credentialFile,
    isFound: isSent ? async (data) => contract.isFound({ event: absentEvent, data }) : undefined,
  });
  const notes = [
    ...(schema || refused ? [] : [notValidated(introspected, isSent)]),
    ...(contract.lookupField ? [] : [NO_LOOKUP]),
  ];
  const roundTripMs = judged.problems.length > 0 ? undefined : await measure(post, operation);
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

function readSchema(answer: GraphQlAnswer): GraphQLSchema | undefined {
  if (answer.kind === 'none' || !answer.body?.data?.__schema) return undefined;
  return schemaOf(answer.body.data);
}

const isAboutLookup = (problem: string) => problem.startsWith('lookup.graphql');

function notValidated(answer: GraphQlAnswer, lookedUp: boolean): string {
  const reason = answer.kind === 'answer' ? ` (${textOfAnswer(answer)})` : '';
  const done = lookedUp ? 'a lookup of an id that does not exist' : 'a request without effect';
  return `the target refuses introspection${reason}: the documents are not compared with its schema, only ${done} was possible`;
}

function textOfAnswer({ status, body }: GraphQlAnswer & { kind: 'answer' }): string {
  const [error] = body?.errors ?? [];
  return error ? `HTTP ${status}: ${error.message}` : `HTTP ${status}`;
}

async function measure(
  post: PostGraphQl,
  { query, variables }: { query: string; variables: object },
): Promise<number | undefined> {
  const times: number[] = [];
  for (let call = 0; call < ROUND_TRIPS; call += 1) {
    const answer = await post(query, variables);
    if (answer.kind === 'none') return undefined;
    times.push(answer.milliseconds);
  }
  return Math.round(times.toSorted((a, b) => a - b)[(ROUND_TRIPS - 1) / 2] ?? 0);
}
