import type { MaybePromise } from './maybe-promise.ts';

/** The files of a target contract, by name. `lookup.graphql` may be absent. */
export interface ContractFiles {
  'create.graphql': string;
  'lookup.graphql'?: string;
  'contract.json': string;
}

/** Input of `create.variables` and `lookup.variables`. */
export interface VariablesInput {
  /** The payload as sent. */
  event: unknown;
  /** Whole Unix seconds. */
  timestamp: number;
  brand: string;
  idempotencyKey: string;
}

/** An answer as the contract's verdicts see it. */
export interface AnswerView {
  event: unknown;
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  data: unknown;
  errors: NormalisedError[];
  userErrors: unknown[];
}

/** An entry of `errors` in one shape; `code` is the first that the server gave, wherever it put it, or `''`. */
export interface NormalisedError {
  message: string;
  code: string;
  path: (string | number)[];
  extensions: Record<string, unknown>;
}

export type ContractVerdict =
  | 'delivered'
  | 'duplicate'
  | 'throttled'
  | 'unavailable'
  | 'unknown'
  | 'unauthorized'
  | 'rejected';

/** What a contract's own verdict says of an answer. */
export interface ContractFinding {
  verdict: ContractVerdict;
  /** The wait that the API states where only the contract can read it. */
  waitMs?: number;
}

/** One GraphQL operation on a group of events: its text, its variables, and each event's response field, in order. */
export interface Operation {
  query: string;
  variables: Record<string, unknown>;
  fields: string[];
}

/** A compiled target contract: what is specific to one GraphQL API. Its expressions reject with a `ContractFault`. */
export interface TargetContract {
  /** The root field of the mutation, as `data` names it. */
  createField: string;
  /** The root field of the lookup; absent without one. */
  lookupField: string | undefined;
  createOperation(inputs: readonly VariablesInput[]): MaybePromise<Operation>;
  /** Only with a lookup. */
  lookupOperation(inputs: readonly VariablesInput[]): MaybePromise<Operation>;
  /** `data` holds this event's part of the answer only, under the root field's own name. */
  isCreated(input: { event: unknown; data: unknown }): MaybePromise<boolean>;
  isFound(input: { event: unknown; data: unknown }): MaybePromise<boolean>;
  /** Absent where the API reports no errors as data. */
  userErrors?: ((input: { event: unknown; data: unknown }) => Promise<unknown[]>) | undefined;
  /** The first of the contract's verdicts that applies; `unknown` where one of them fails to evaluate. Absent where it has none. */
  verdict?: ((view: AnswerView) => Promise<ContractFinding | undefined>) | undefined;
}
