/**
 * What IAM decides from the policies of one role, as far as this project writes policies: Allow and Deny, wildcards in actions
 * and resources, and two condition operators. Anything else throws, so that no policy is judged by half of what it says.
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
  context?: Record<string, string>;
}

const KNOWN = new Set(['Sid', 'Effect', 'Action', 'Resource', 'Condition']);

/** Allowed by one statement and denied by none. */
export function isAllowed(statements: Statement[], call: Call): boolean {
  const matching = statements.filter((statement) => appliesTo(statement, call));
  return (
    matching.some(({ Effect }) => Effect === 'Allow') &&
    !matching.some(({ Effect }) => Effect === 'Deny')
  );
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

/** A condition on a key that the call does not have does not hold. */
function holds(operator: string, values: string[], actual: string | undefined): boolean {
  if (operator === 'StringEquals') return actual !== undefined && values.includes(actual);
  if (operator === 'StringLike')
    return actual !== undefined && values.some((pattern) => matches(pattern, actual));
  throw new Error(`cannot judge the condition operator ${operator}`);
}

/** `*` is any number of characters, `?` exactly one. */
export function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}
