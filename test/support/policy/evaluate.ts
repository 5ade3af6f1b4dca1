/**
 * What IAM decides from the policies of one role, as far as this project writes policies: Allow and Deny, wildcards in actions
 * and resources, some condition operators, and a permissions boundary. Anything else throws, so that no policy is judged by half of what it says.
 * Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export interface Statement {
  Sid?: string;
  Effect: string;
  Action: string | string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

export interface Call {
  /** `service:Action`. */
  action: string;
  /** ARN, or `*` for a call that names no resource. */
  resource: string;
  /** Values of condition keys, such as `kms:ViaService`. */
  context?: Context;
}

/** The value of each condition key; several for a key that may have several. */
export type Context = Record<string, string | string[]>;

/** A statement of a role's trust policy. */
export interface TrustStatement extends Omit<Statement, 'Resource'> {
  Principal: { Federated: string };
}

const KNOWN = new Set(['Sid', 'Effect', 'Action', 'Resource', 'Condition']);

/** Allowed by one statement and denied by none; with a boundary, allowed by that as well. */
export function isAllowed(statements: Statement[], call: Call, boundary?: Statement[]): boolean {
  if (boundary && !isAllowed(boundary, call)) return false;
  const matching = statements.filter((statement) => appliesTo(statement, call));
  return (
    matching.some(({ Effect }) => Effect === 'Allow') &&
    !matching.some(({ Effect }) => Effect === 'Deny')
  );
}

/** True if a token with these claims, from this provider, may take the role. Claims are named as conditions name them. */
export function mayAssume(trust: TrustStatement[], provider: string, claims: Context): boolean {
  const statements = trust.map(({ Principal, ...rest }) => ({
    ...rest,
    Resource: Principal.Federated,
  }));
  const call = { resource: provider, action: 'sts:AssumeRoleWithWebIdentity', context: claims };
  return isAllowed(statements, call);
}

function appliesTo(statement: Statement, { action, resource, context = {} }: Call): boolean {
  const unknown = Object.keys(statement).filter((key) => !KNOWN.has(key));
  if (unknown.length > 0) throw new Error(`cannot judge a statement with ${unknown.join(', ')}`);
  return (
    [statement.Action]
      .flat()
      .some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
    [statement.Resource].flat().some((pattern) => matches(pattern, resource)) &&
    Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => holds(operator, [values].flat(), context[key])),
    )
  );
}

/** Compares one value of a call with one value of a policy. */
const COMPARISONS: Record<string, (pattern: string, actual: string) => boolean> = {
  StringEquals: (pattern, actual) => pattern === actual,
  StringLike: matches,
  ArnLike: matches,
  Bool: (pattern, actual) => pattern.toLowerCase() === actual.toLowerCase(),
};

/**
 * A condition on a key that the call does not have does not hold, but for `ForAllValues`, which holds for no value at all. A condition
 * without a quantifier is for keys with one value.
 */
function holds(operator: string, values: string[], actual: string | string[] | undefined): boolean {
  const [, quantifier, name = ''] = /^(?:(ForAnyValue|ForAllValues):)?(\w+)$/.exec(operator) ?? [];
  const compare = COMPARISONS[name];
  if (!compare) throw new Error(`cannot judge the condition operator ${operator}`);
  const fits = (value: string) => values.some((pattern) => compare(pattern, value));
  if (quantifier === 'ForAllValues') return [actual ?? []].flat().every(fits);
  if (quantifier === 'ForAnyValue') return [actual ?? []].flat().some(fits);
  if (Array.isArray(actual)) throw new Error(`cannot judge several values by ${operator}`);
  return actual !== undefined && fits(actual);
}

/** `*` is any number of characters, `?` exactly one. */
export function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}
