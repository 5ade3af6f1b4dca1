import { ContractFault } from '../errors.ts';
import type { VariablesInput } from './contract.ts';
import { type Expression, nameOf } from './expression.ts';
import type { ExpressionNode } from './expression-rules.ts';
import { chain, type MaybePromise } from './maybe-promise.ts';
import type { OperationDocument } from './operation-document.ts';

/**
 * The variables of an operation for one event: those that the document declares, others are left out, since some servers refuse
 * them. A promise only where JSONata itself has to evaluate.
 *
 * @throws ContractFault unless the expression returns an object with every required variable
 */
export function variablesFor(
  expression: Expression,
  document: OperationDocument,
  input: VariablesInput,
): MaybePromise<Record<string, unknown>> {
  return chain(expression.evaluate(input), (result) =>
    checkVariables(result, expression, document, input),
  );
}

function checkVariables(
  result: unknown,
  expression: Expression,
  document: OperationDocument,
  input: VariablesInput,
): Record<string, unknown> {
  if (!isRecord(result))
    throw faultOf(expression, 'must return an object of variables, and does not', input);
  const variables: Record<string, unknown> = {};
  for (const [name, { required }] of document.variables) {
    const value = result[name];
    if (required && (value === undefined || value === null))
      throw faultOf(expression, `returns no $${name}, which ${document.file} requires,`, input);
    if (isFunction(value)) throw faultOf(expression, `returns a function as $${name}`, input);
    if (value !== undefined) variables[name] = value;
  }
  return variables;
}

function faultOf({ place }: Expression, problem: string, { event }: VariablesInput): ContractFault {
  return new ContractFault(`${place} ${problem} for ${nameOf(event)}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isFunction(value);
}

/** JSONata's functions are objects. */
function isFunction(value: unknown): boolean {
  if (typeof value === 'function') return true;
  if (typeof value !== 'object' || value === null) return false;
  return '_jsonata_function' in value || '_jsonata_lambda' in value;
}

/**
 * The variables that an expression writes out and the document does not declare, and those that the document requires and the
 * expression does not write out. Empty where that shows only on an event. Pure.
 */
export function variableProblems(expression: Expression, document: OperationDocument): string[] {
  return constructorsOf(expression.ast).flatMap((entries) => {
    const names = entries.flatMap(([key]) => (key.type === 'string' ? [String(key.value)] : []));
    const undeclared = names.filter((name) => !document.variables.has(name));
    const missing = [...document.variables].filter(
      ([name, { required }]) => required && !names.includes(name),
    );
    return [
      ...undeclared.map((name) => `gives $${name}, which ${document.file} does not declare`),
      ...(names.length === entries.length ? missing : []).map(
        ([name]) => `does not give $${name}, which ${document.file} requires`,
      ),
    ].map((problem) => `${expression.place}: ${problem}`);
  });
}

type Entries = [ExpressionNode, ExpressionNode][];

/** The object constructors whose result is that of the expression; none when it is made in another way. */
function constructorsOf(node: ExpressionNode | undefined): Entries[] {
  if (!node) return [];
  const { then, else: otherwise } = node as { then?: ExpressionNode; else?: ExpressionNode };
  switch (node.type) {
    case 'unary':
      return node.value === '{' ? [node.lhs as unknown as Entries] : [];
    case 'block':
      return constructorsOf(node.expressions?.at(-1));
    case 'condition':
      return [...constructorsOf(then), ...constructorsOf(otherwise)];
    default:
      return [];
  }
}
