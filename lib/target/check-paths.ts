import type { GraphQLSchema } from 'graphql';
import { compileParts } from './compile-contract.ts';
import type { ContractFiles } from './contract.ts';
import type { Expression } from './expression.ts';
import { type ExpressionNode, nodesOf } from './expression-rules.ts';
import { ANY, merged, type Shape, selectedShape } from './selected-shape.ts';

/** Members of an error as verdicts see it. */
const ERROR: Shape = {
  what: 'an error',
  fields: new Map([
    ['message', ANY],
    ['code', ANY],
    ['path', ANY],
    ['extensions', ANY],
  ]),
};

/** What is wrong with the paths of a contract's expressions, and what may be. */
export interface PathFindings {
  problems: string[];
  /** Fields of the event that not every event has. */
  notes: string[];
}

/** Every event has these; the source may send more. */
const REQUIRED = ['id', 'name', 'body', 'timestamp'];

/**
 * Finds what the expressions of a contract read that is never there: a name that they are not given, a field of `data` that no document
 * selects, a header in upper case, and, with the schema, a value that a field cannot have. Such an expression gives no error but is never
 * true, so that every event would be created again and again. What cannot be told from the text alone is let pass. Pure.
 *
 * @param files a contract that compiles
 * @param options.event one as the source sends it
 */
export function checkPaths(
  files: ContractFiles,
  { schema, event }: { schema?: GraphQLSchema | undefined; event?: object | undefined } = {},
): PathFindings {
  const sent: Shape = {
    what: event ? 'the given event' : 'every event',
    isOpen: true,
    fields: new Map(
      Object.keys(event ?? {})
        .concat(REQUIRED)
        .map((name) => [name, ANY]),
    ),
  };
  const { create, lookup, verdicts } = compileParts(files);
  const created = selectedShape('create.graphql', files['create.graphql'], schema);
  const found = selectedShape('lookup.graphql', files['lookup.graphql'] ?? '', schema);
  const request = { event: sent, timestamp: ANY, brand: ANY, idempotencyKey: ANY };
  const userErrors = create.userErrors
    ? read(create.userErrors, { event: sent, data: created })
    : { shape: ANY, problems: [], notes: [] };
  const answer = { event: sent, status: ANY, headers: HEADERS, errors: ERROR };
  // A verdict reads answers to both documents.
  const data = lookup ? eitherOf(created, found) : created;
  const readings = [
    read(create.variables, request),
    read(create.succeeded, { event: sent, data: created }),
    userErrors,
    ...(lookup ? [read(lookup.variables, request)] : []),
    ...(lookup ? [read(lookup.succeeded, { event: sent, data: found })] : []),
    ...verdicts
      .flatMap(({ when, waitSeconds }) => [when, ...(waitSeconds ? [waitSeconds] : [])])
      .map((each) => read(each, { ...answer, data, userErrors: userErrors.shape })),
  ];
  return {
    problems: [...new Set(readings.flatMap(({ problems }) => problems))],
    notes: [...new Set(readings.flatMap(({ notes }) => notes))],
  };
}

const HEADERS: Shape = { what: 'headers', isLowerCase: true };

/** The data of two documents: a root field has one shape in each. */
function eitherOf(one: Shape, other: Shape): Shape {
  return { ...merged(one, other), what: `${one.what}, or ${other.what}` };
}

function read({ ast, place }: Expression, given: Record<string, Shape>) {
  const root: Shape = { what: 'this expression', fields: new Map(Object.entries(given)) };
  const reader = new Reader(root, ast);
  const shape = reader.shapeOf(ast, root, new Map());
  const placed = (text: string) => `${place}: ${text}`;
  return { shape, problems: reader.problems.map(placed), notes: reader.notes.map(placed) };
}

type Variables = ReadonlyMap<string, Shape>;
type Parts = ExpressionNode & {
  then?: ExpressionNode;
  else?: ExpressionNode;
  condition?: ExpressionNode;
  terms?: { expression: ExpressionNode }[];
  predicate?: Stage[];
  group?: { lhs: [ExpressionNode, ExpressionNode][] };
  focus?: string;
  index?: string;
  body?: ExpressionNode;
};
interface Stage {
  type: string;
  expr?: ExpressionNode;
}

/** Functions that call their second argument with each item of the first. */
const EACH = new Set(['map', 'filter', 'single']);

/** Walks a syntax tree with the shape of what each part is evaluated on. */
class Reader {
  readonly problems: string[] = [];
  readonly notes: string[] = [];
  readonly #root: Shape;
  /** Variables that are assigned more than once: where, is not followed. */
  readonly #reassigned: ReadonlySet<string>;

  constructor(root: Shape, ast: ExpressionNode) {
    this.#root = root;
    const assigned = nodesOf(ast).flatMap(({ type, lhs }) =>
      type === 'bind' ? [String((lhs as unknown as ExpressionNode).value)] : [],
    );
    this.#reassigned = new Set(assigned.filter((name, index) => assigned.indexOf(name) < index));
  }

  /** The shape of a result; `ANY` where it is not known. */
  shapeOf(node: ExpressionNode | undefined, on: Shape, variables: Variables): Shape {
    if (!node) return ANY;
    const parts = node as Parts;
    if (parts.group && node.type !== 'path') {
      const { group, ...bare } = parts;
      const shape = this.shapeOf(bare as ExpressionNode, on, variables);
      for (const pair of group.lhs) for (const part of pair) this.shapeOf(part, shape, variables);
      return ANY;
    }
    switch (node.type) {
      case 'path':
        return this.#path(parts, on, variables);
      case 'variable':
        return this.#variable(String(node.value), on, variables);
      case 'name':
        return this.#member(node, on, []);
      case 'block':
        return this.#block(parts, on, variables);
      case 'function':
      case 'partial':
        return this.#call(parts, on, variables);
      case 'condition':
        for (const part of [parts.condition, parts.then, parts.else])
          this.shapeOf(part, on, variables);
        return ANY;
      case 'binary':
      case 'apply':
        return this.#binary(parts, on, variables);
      case 'lambda':
        this.#lambda(parts, on, variables, ANY);
        return ANY;
      case 'unary':
        this.#unary(parts, on, variables);
        return ANY;
      default:
        return ANY;
    }
  }

  #path({ steps = [], group }: Parts, on: Shape, outer: Variables): Shape {
    const variables = new Map(outer);
    let shape = on;
    const names: string[] = [];
    for (const step of steps as Parts[]) {
      const before = shape;
      shape = this.#step(step, shape, names, variables);
      // After `@$x` the path goes on from where it was before (JSONata, "Path operators").
      if (step.focus !== undefined) {
        variables.set(step.focus, shape);
        shape = before;
        names.length = 0;
      }
      if (typeof step.index === 'string') variables.set(step.index, ANY);
      const stages = [...((step.stages ?? []) as Stage[]), ...(step.predicate ?? [])];
      for (const { expr } of stages) this.shapeOf(expr, shape, variables);
    }
    for (const pair of group?.lhs ?? [])
      for (const part of pair) this.shapeOf(part, shape, variables);
    return group ? ANY : shape;
  }

  #step(step: Parts, on: Shape, names: string[], variables: Variables): Shape {
    if (step.type === 'name') {
      const shape = this.#member(step, on, names);
      names.push(String(step.value));
      return shape;
    }
    if (step.type !== 'sort') return this.shapeOf(step, on, variables);
    for (const { expression } of step.terms ?? []) this.shapeOf(expression, on, variables);
    return on;
  }

  #variable(name: string, on: Shape, variables: Variables): Shape {
    if (name === '') return on;
    return name === '$' ? this.#root : (variables.get(name) ?? ANY);
  }

  #member({ value }: ExpressionNode, on: Shape, before: string[]): Shape {
    const name = String(value);
    const path = [...before, name].join('.');
    if (on.isLowerCase && name !== name.toLowerCase())
      this.problems.push(`${path} is never there: names of headers are in lower case`);
    if (!on.fields) return ANY;
    const member = on.fields.get(name);
    if (member) return member;
    const has = [...on.fields.keys()].join(', ');
    if (on.isOpen) {
      this.notes.push(`${path} is there only if your source sends it: ${on.what} has ${has}`);
      return ANY;
    }
    const isOuter = on !== this.#root && this.#root.fields?.has(name);
    this.problems.push(
      isOuter
        ? `${path} is read from ${on.what}, which has ${has}: write $$.${path}`
        : `${path} is never there: ${on.what} has ${has}`,
    );
    return ANY;
  }

  #block({ expressions = [] }: Parts, on: Shape, outer: Variables): Shape {
    const variables = new Map(outer);
    let last = ANY;
    for (const each of expressions as ExpressionNode[]) {
      if (each.type !== 'bind') {
        last = this.shapeOf(each, on, variables);
        continue;
      }
      const { lhs, rhs } = each as unknown as { lhs: ExpressionNode; rhs: ExpressionNode };
      last = this.shapeOf(rhs, on, variables);
      variables.set(String(lhs.value), this.#reassigned.has(String(lhs.value)) ? ANY : last);
    }
    return last;
  }

  #lambda(lambda: Parts, on: Shape, outer: Variables, first: Shape): void {
    const inner = new Map(outer);
    const parameters = (lambda.arguments ?? []) as ExpressionNode[];
    for (const [index, { value }] of parameters.entries())
      inner.set(String(value), index === 0 ? first : ANY);
    this.shapeOf(lambda.body, on, inner);
  }

  #call({ procedure, arguments: given = [] }: Parts, on: Shape, variables: Variables): Shape {
    const [first] = given.map((each) =>
      each.type === 'lambda' ? ANY : this.shapeOf(each, on, variables),
    );
    const name = String(procedure?.value);
    const item = EACH.has(name) && !variables.has(name) ? (first ?? ANY) : ANY;
    for (const lambda of given.filter(({ type }) => type === 'lambda')) {
      this.#lambda(lambda as Parts, on, variables, item);
    }
    if (procedure?.type !== 'variable') this.shapeOf(procedure, on, variables);
    return ANY;
  }

  #binary(node: Parts, on: Shape, variables: Variables): Shape {
    const { value } = node;
    const { lhs, rhs } = node as unknown as { lhs: ExpressionNode; rhs: ExpressionNode };
    const left = this.shapeOf(lhs, on, variables);
    const right = this.shapeOf(rhs, on, variables);
    if (value === '=' || value === 'in') {
      this.#compare(left, rhs);
      this.#compare(right, lhs);
    }
    return ANY;
  }

  /** Texts beside a field that has certain values only: it is a mistake if it has none of them. */
  #compare({ values, what }: Shape, other: ExpressionNode): void {
    if (!values) return;
    const items = (other.expressions ?? []) as ExpressionNode[];
    const given = other.type === 'unary' && other.value === '[' ? items : [other];
    const texts = given.flatMap(({ type, value }) => (type === 'string' ? [String(value)] : []));
    if (texts.length === 0 || texts.length < given.length) return;
    if (texts.some((text) => values.includes(text))) return;
    const named = texts.map((text) => JSON.stringify(text)).join(', ');
    this.problems.push(`${named} is never there: ${what} is one of ${values.join(', ')}`);
  }

  #unary(node: Parts, on: Shape, variables: Variables): void {
    const {
      value,
      lhs,
      expression,
      expressions = [],
    } = node as Parts & {
      expression?: ExpressionNode;
    };
    this.shapeOf(expression, on, variables);
    for (const each of expressions) this.shapeOf(each, on, variables);
    if (value !== '{') return;
    for (const pair of lhs as unknown as [ExpressionNode, ExpressionNode][])
      for (const part of pair) this.shapeOf(part, on, variables);
  }
}
