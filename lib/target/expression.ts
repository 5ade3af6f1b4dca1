import jsonata from 'jsonata';
import { ConfigError, ContractFault } from '../errors.ts';
import { compileDirect, NEEDS_JSONATA } from './direct-expression.ts';
import { type ExpressionNode, nodesOf, refusalsOf } from './expression-rules.ts';
import { LinearRegExp } from './linear-regexp.ts';
import type { MaybePromise } from './maybe-promise.ts';

/**
 * A compiled JSONata expression. Its functions return a promise only where JSONata itself has to evaluate; it rejects with a `ContractFault` that
 * names the expression and the event.
 */
export interface Expression {
  /** Names the expression in messages: file and member. */
  place: string;
  ast: ExpressionNode;
  evaluate(input: { event: unknown }): unknown;
  /** The result by JSONata's `$boolean`; nothing is false. */
  isTrue(input: { event: unknown }): MaybePromise<boolean>;
}

/**
 * Limits on one evaluation. An expression takes about 6 µs, so the timeout ends endless loops only; a lower one would hit good
 * expressions on a machine that stalls. A tail call does not use the stack, and is ended by the timeout.
 */
const LIMITS = {
  timeout: 500,
  stack: 300,
  sequence: 100_000,
  // JSONata uses `exec` and `lastIndex` only.
  RegexEngine: LinearRegExp as unknown as RegExpConstructor,
};

const toBoolean = jsonata('$boolean($)');

/**
 * Compiles a JSONata expression. The same input gives the same result at any time, in linear time for regular expressions.
 *
 * @throws ConfigError that names the place and every problem
 */
export function compileExpression(source: string, place: string): Expression {
  const compiled = parse(source, place);
  const ast = compiled.ast() as ExpressionNode;
  const refusals = refusalsOf(ast);
  if (refusals.length > 0) throw new ConfigError(refusals.map((refusal) => `${place}: ${refusal}`));
  // A transform changes what its pattern finds, which may be the input itself (`$$`).
  const changesInput = nodesOf(ast).some(({ type }) => type === 'transform');
  const direct = compileDirect(ast);
  async function evaluateByJsonata(input: { event: unknown }): Promise<unknown> {
    try {
      return await compiled.evaluate(changesInput ? structuredClone(input) : input);
    } catch (error) {
      throw new ContractFault(`${place} fails for ${nameOf(input.event)}: ${textOf(error)}`, {
        cause: error,
      });
    }
  }
  const evaluate = (input: { event: unknown }): unknown => {
    const result = direct?.(input) ?? NEEDS_JSONATA;
    return result === NEEDS_JSONATA ? evaluateByJsonata(input) : result;
  };
  return {
    place,
    ast,
    evaluate,
    isTrue(input) {
      const value = evaluate(input);
      return typeof value === 'boolean' ? value : truthOf(value);
    },
  };
}

async function truthOf(given: unknown): Promise<boolean> {
  const value = await given;
  if (typeof value === 'boolean') return value;
  return value === undefined ? false : (await toBoolean.evaluate(value)) === true;
}

function parse(source: string, place: string): jsonata.Expression {
  try {
    return jsonata(source, LIMITS);
  } catch (error) {
    throw new ConfigError([`${place}: ${textOf(error)}`]);
  }
}

/** JSONata throws plain objects; their position is that of the end of a token. */
function textOf(error: unknown): string {
  const { message, position } = error as { message?: string; position?: number };
  return `${position === undefined ? '' : `character ${position}: `}${message ?? String(error)}`;
}

/** The name of an event in messages. Pure. */
export function nameOf(event: unknown): string {
  const { id } = (event ?? {}) as { id?: unknown };
  return typeof id === 'string' ? `event ${JSON.stringify(id)}` : 'an event without an id';
}
