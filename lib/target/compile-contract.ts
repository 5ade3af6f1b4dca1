import { ConfigError, ContractFault } from '../errors.ts';
import type {
  AnswerView,
  ContractFiles,
  ContractFinding,
  ContractVerdict,
  TargetContract,
} from './contract.ts';
import { type ContractJson, parseContractJson } from './contract-json.ts';
import { compileExpression, type Expression } from './expression.ts';
import { chain } from './maybe-promise.ts';
import { type OperationDocument, parseOperationDocument } from './operation-document.ts';
import { variableProblems, variablesFor } from './variables.ts';

export interface CompileOptions {
  /** Called when an expression of the contract's `verdicts` fails; the verdict is then `unknown`. */
  onFault?: (fault: ContractFault) => void;
}

/**
 * Compiles a target contract: its documents and expressions are parsed once.
 *
 * @throws ConfigError that names every problem at once, with file and place
 */
export function compileContract(
  files: ContractFiles,
  options: CompileOptions = {},
): TargetContract {
  const { create, lookup, verdicts } = compileParts(files);
  const { userErrors } = create;
  const operationOf = (
    { variables, document }: Part,
    inputs: Parameters<TargetContract['createOperation']>[0],
  ) => {
    const [first] = inputs;
    if (first && inputs.length === 1)
      return chain(variablesFor(variables, document, first), (only) =>
        document.operationOf([only]),
      );
    const group = inputs.map(async (input) => variablesFor(variables, document, input));
    return Promise.all(group).then((all) => document.operationOf(all));
  };
  return {
    createField: create.document.field,
    lookupField: lookup?.document.field,
    createOperation: (inputs) => operationOf(create, inputs),
    lookupOperation(inputs) {
      if (!lookup) throw new Error('the target contract has no lookup');
      return operationOf(lookup, inputs);
    },
    isCreated: (input) => create.succeeded.isTrue(input),
    isFound: (input) => lookup?.succeeded.isTrue(input) ?? false,
    userErrors: userErrors && (async (input) => listOf(await userErrors.evaluate(input))),
    verdict:
      verdicts.length > 0 ? (view) => firstVerdict(verdicts, view, options.onFault) : undefined,
  };
}

/** A JSONata result as a list: a single match counts as a list of one. */
function listOf(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? [...value] : [value];
}

async function firstVerdict(
  verdicts: Rule[],
  view: AnswerView,
  onFault: CompileOptions['onFault'],
): Promise<ContractFinding | undefined> {
  try {
    for (const { when, verdict, waitSeconds } of verdicts)
      if (await when.isTrue(view)) {
        const seconds = Number(await waitSeconds?.evaluate(view));
        return seconds > 0 ? { verdict, waitMs: seconds * 1000 } : { verdict };
      }
    return undefined;
  } catch (error) {
    if (!(error instanceof ContractFault)) throw error;
    onFault?.(error);
    return { verdict: 'unknown' };
  }
}

interface Rule {
  when: Expression;
  verdict: ContractVerdict;
  waitSeconds?: Expression | undefined;
}

interface Part {
  document: OperationDocument;
  variables: Expression;
  /** `created` or `found`. */
  succeeded: Expression;
  userErrors?: Expression | undefined;
}

interface Parts {
  create: Part;
  lookup: Part | undefined;
  verdicts: Rule[];
}

/**
 * The documents and expressions of a contract. They are compiled part by part, so that a problem in one does not hide those of another.
 *
 * @throws ConfigError that names every problem
 */
export function compileParts(files: ContractFiles): Parts {
  const problems: string[] = [];
  const json = attempt(problems, () =>
    parseContractJson(files['contract.json'], files['lookup.graphql'] !== undefined),
  );
  const create = compileCreate(files, json, problems);
  const lookup = compileLookup(files, json, problems);
  const verdicts = (json?.verdicts ?? []).flatMap(({ verdict, ...rule }, index) => {
    const when = compile(problems, rule.when, `verdicts[${index}].when`);
    const waitSeconds =
      rule.waitSeconds && compile(problems, rule.waitSeconds, `verdicts[${index}].waitSeconds`);
    return when ? [{ when, verdict, ...(waitSeconds ? { waitSeconds } : {}) }] : [];
  });
  if (problems.length > 0 || !create) throw new ConfigError(problems);
  return { create, lookup, verdicts };
}

function compileCreate(
  files: ContractFiles,
  json: ContractJson | undefined,
  problems: string[],
): Part | undefined {
  const document = attempt(problems, () =>
    parseOperationDocument('create.graphql', files['create.graphql'], 'mutation'),
  );
  if (!json) return undefined;
  const { variables, created, userErrors } = json.create;
  const part = {
    document,
    variables: compile(problems, variables, 'create.variables'),
    succeeded: compile(problems, created, 'create.created'),
    userErrors: userErrors && compile(problems, userErrors, 'create.userErrors'),
  };
  return whole(part, problems);
}

function compileLookup(
  files: ContractFiles,
  json: ContractJson | undefined,
  problems: string[],
): Part | undefined {
  const text = files['lookup.graphql'];
  if (text === undefined) return undefined;
  const document = attempt(problems, () => parseOperationDocument('lookup.graphql', text, 'query'));
  if (!json?.lookup) return undefined;
  const { variables, found } = json.lookup;
  const part = {
    document,
    variables: compile(problems, variables, 'lookup.variables'),
    succeeded: compile(problems, found, 'lookup.found'),
  };
  return whole(part, problems);
}

/** A part of which nothing is missing, its variables compared with its document. */
function whole(
  part: { [Key in keyof Part]: Part[Key] | undefined | '' },
  problems: string[],
): Part | undefined {
  const { document, variables, succeeded } = part;
  if (document && variables) problems.push(...variableProblems(variables, document));
  if (!document || !variables || !succeeded) return undefined;
  return { document, variables, succeeded, userErrors: part.userErrors || undefined };
}

function compile(problems: string[], source: string, member: string): Expression | undefined {
  return attempt(problems, () => compileExpression(source, `contract.json ${member}`));
}

/** The result of `work`; the problems of its `ConfigError` are kept. */
function attempt<Result>(problems: string[], work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}
