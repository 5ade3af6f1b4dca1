import * as v from 'valibot';
import { ConfigError, messageOf } from '../errors.ts';
import { VERDICTS } from '../target-codes.ts';

const expression = v.pipe(
  v.string('must be a JSONata expression'),
  v.trim(),
  v.nonEmpty('must not be empty'),
);

const contractJson = v.strictObject({
  create: v.strictObject({
    variables: expression,
    created: expression,
    userErrors: v.optional(expression),
  }),
  lookup: v.optional(v.strictObject({ variables: expression, found: expression })),
  verdicts: v.optional(
    v.array(
      v.strictObject({
        when: expression,
        verdict: v.picklist(VERDICTS, `must be one of ${VERDICTS.join(', ')}`),
        waitSeconds: v.optional(expression),
      }),
    ),
  ),
});

/** The expressions of a target contract, not yet compiled. */
export type ContractJson = v.InferOutput<typeof contractJson>;

/**
 * Parses `contract.json`.
 *
 * @throws ConfigError that names every problem with its path
 */
export function parseContractJson(text: string, hasLookup: boolean): ContractJson {
  const result = v.safeParse(contractJson, parseJson(text));
  if (!result.success) throw new ConfigError(result.issues.map(textOfIssue));
  const { output } = result;
  if (hasLookup && !output.lookup)
    throw new ConfigError(['contract.json lookup: is required beside lookup.graphql']);
  if (!hasLookup && output.lookup)
    throw new ConfigError(['contract.json lookup: needs a file lookup.graphql']);
  return output;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigError([`contract.json: is not JSON: ${messageOf(error)}`]);
  }
}

function textOfIssue(issue: v.InferIssue<typeof contractJson>): string {
  const path = v.getDotPath(issue)?.replace(/\.(\d+)/g, '[$1]') ?? null;
  const message =
    issue.type === 'strict_object' && issue.expected === 'never'
      ? 'is not a member of a target contract'
      : issue.received === 'undefined'
        ? 'is required'
        : issue.message;
  return path === null ? `contract.json: ${message}` : `contract.json ${path}: ${message}`;
}
