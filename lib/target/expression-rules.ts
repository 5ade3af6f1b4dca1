import type { ExprNode } from 'jsonata';
import { refusalOf } from './linear-regexp.ts';

/** A node of JSONata's syntax tree, with what its own types leave out. */
export type ExpressionNode = Omit<ExprNode, 'type'> & { type: string };

/** Functions whose result differs from call to call; `$eval` would run what no rule has seen. */
const REFUSED = new Set(['now', 'millis', 'random', 'shuffle', 'eval']);

/**
 * The reasons why an expression may not run on events: a result that differs from call to call (a retry must send the same
 * request), or a regular expression that RE2 does not know. Pure.
 */
export function refusalsOf(ast: ExpressionNode): string[] {
  return nodesOf(ast).flatMap((node) => {
    const refusal = refusalOfNode(node);
    return refusal ? [`character ${node.position ?? 1}: ${refusal}`] : [];
  });
}

function refusalOfNode(node: ExpressionNode): string | undefined {
  if (node.type === 'variable' && REFUSED.has(node.value))
    return `$${node.value} is refused: the same event must always give the same request`;
  if (node.type === 'regex') {
    const reason = refusalOf(node.value);
    return reason && `the regular expression cannot run in linear time: ${reason}`;
  }
  if (node.type === 'function' && readsClock(node))
    return '$toMillis needs a picture with a year: JSONata fills in a missing date from the clock';
  return undefined;
}

/** JSONata fills in what is larger than a picture's largest part from the current time. */
function readsClock({ procedure, arguments: given = [] }: ExpressionNode): boolean {
  const picture = given[1] as ExpressionNode | undefined;
  if (procedure?.value !== 'toMillis' || !picture) return false;
  return picture.type !== 'string' || !/\[Y/.test(picture.value);
}

/** Every node of a syntax tree, depth first. Pure. */
export function nodesOf(value: unknown, seen = new Set<object>()): ExpressionNode[] {
  if (typeof value !== 'object' || value === null || seen.has(value)) return [];
  seen.add(value);
  const inner = Object.values(value).flatMap((member) => nodesOf(member, seen));
  return 'type' in value ? [value as ExpressionNode, ...inner] : inner;
}
