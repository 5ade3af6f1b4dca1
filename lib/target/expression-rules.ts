import type { ExprNode } from 'jsonata';
import { refusalOf } from './linear-regexp.ts';

/** A node of JSONata's syntax tree, with what its own types leave out. */
export type ExpressionNode = Omit<ExprNode, 'type'> & { type: string };

/** Functions whose result differs from call to call; `$eval` would run what no rule has seen. */
const REFUSED = new Set(['now', 'millis', 'random', 'shuffle', 'eval']);

/** Maximum width of `$pad`, in characters. */
const MAX_PAD = 10_000;

interface Restriction {
  isSafe: (call: Call) => boolean;
  reason: string;
}

/** Functions that are safe only with some arguments, which have to be written out where the function is called. */
const RESTRICTED = new Map<unknown, Restriction>([
  [
    'pad',
    {
      isSafe: ({ given }) => given.some(isWidth),
      reason: `needs a width that is written out, up to ${MAX_PAD}: an event could ask for gigabytes`,
    },
  ],
  [
    'toMillis',
    {
      isSafe: ({ given, isPiped }) => hasYear(given[isPiped ? 0 : 1]),
      reason:
        'needs a picture with a year, written out: JSONata fills in what is missing from the clock',
    },
  ],
]);

interface Call {
  given: readonly ExpressionNode[];
  /** The first argument comes from the left of `~>`. */
  isPiped: boolean;
}

/**
 * The reasons why an expression may not run on events: a result that differs from call to call (a retry must send the same
 * request), a size that the event decides, or a regular expression that RE2 does not know. Pure.
 */
export function refusalsOf(ast: ExpressionNode): string[] {
  const nodes = nodesOf(ast);
  const piped = new Set<unknown>(nodes.flatMap(({ type, rhs }) => (type === 'apply' ? [rhs] : [])));
  const safe = new Set<unknown>(
    nodes.flatMap((node) => (isSafeCall(node, piped.has(node)) ? [node.procedure] : [])),
  );
  return nodes.flatMap((node) => {
    const refusal = safe.has(node) ? undefined : refusalOfNode(node);
    return refusal ? [`character ${node.position ?? 1}: ${refusal}`] : [];
  });
}

function isSafeCall(
  { type, procedure, arguments: given = [] }: ExpressionNode,
  isPiped: boolean,
): boolean {
  if (type !== 'function') return false;
  return RESTRICTED.get(procedure?.value)?.isSafe({ given, isPiped }) ?? false;
}

function isWidth({ type, value }: ExpressionNode): boolean {
  return type === 'number' && Math.abs(value) <= MAX_PAD;
}

/** No picture means ISO 8601, which has a year. */
function hasYear(picture: ExpressionNode | undefined): boolean {
  return picture === undefined || (picture.type === 'string' && picture.value.includes('[Y'));
}

function refusalOfNode({ type, value }: ExpressionNode): string | undefined {
  if (type === 'regex') {
    const reason = refusalOf(value);
    return reason && `the regular expression cannot run in linear time: ${reason}`;
  }
  if (type !== 'variable') return undefined;
  if (REFUSED.has(value))
    return `$${value} is refused: the same event must always give the same request`;
  const restricted = RESTRICTED.get(value);
  return restricted && `$${value} ${restricted.reason}`;
}

/** Every node of a syntax tree, depth first. Pure. */
export function nodesOf(value: unknown, seen = new Set<object>()): ExpressionNode[] {
  if (typeof value !== 'object' || value === null || seen.has(value)) return [];
  seen.add(value);
  const inner = Object.values(value).flatMap((member) => nodesOf(member, seen));
  return 'type' in value ? [value as ExpressionNode, ...inner] : inner;
}
