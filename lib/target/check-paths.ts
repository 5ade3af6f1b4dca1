import type { GraphQLSchema } from 'graphql';
import { compileParts } from './compile-contract.ts';
import type { ContractFiles } from './contract.ts';
import type { Expression } from './expression.ts';
import type { ExpressionNode } from './expression-rules.ts';
import { ANY, type Shape, selectedShape } from './selected-shape.ts';

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
  const fields = new Map([...(other.fields ?? []), ...(one.fields ?? [])]);
  return { what: `${one.what}, or ${other.what}`, fields };
}

function read({ ast, place }: Expression, given: Record<string, Shape>) {
  const root: Shape = { what: 'this expression', fields: new Map(Object.entries(given)) };
  const reader = new Reader(root);
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

  constructor(root: Shape) {
    this.#root = root;
  }

  /** The shape of a result; `ANY` where it is not known. */
  shapeOf(node: ExpressionNode | undefined, on: Shape, variables: Variables): Shape {
    if (!node) return ANY;
    const parts = node as Parts;
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
        this.shapeOf(parts.body, on, variables);
        return ANY;
      case 'unary':
        this.#unary(parts, on, variables);
        return ANY;
      default:
        return ANY;
    }
  }

  #path({ steps = [], group }: Parts, on: Shape, variables: Variables): Shape {
    let shape = on;
    const names: string[] = [];
    for (const step of steps as Parts[]) {
      shape = this.#step(step, shape, names, variables);
      const stages = [...((step.stages ?? []) as Stage[]), ...(step.predicate ?? [])];
      for (const { expr } of stages) this.shapeOf(expr, shape, variables);
      // `@$x` and `#$i` go on from another place.
      if (step.focus !== undefined) shape = ANY;
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
      variables.set(String(lhs.value), last);
    }
    return last;
  }

  #call({ procedure, arguments: given = [] }: Parts, on: Shape, variables: Variables): Shape {
    const [first] = given.map((each) =>
      each.type === 'lambda' ? ANY : this.shapeOf(each, on, variables),
    );
    const item = EACH.has(String(procedure?.value)) ? (first ?? ANY) : ANY;
    for (const lambda of given.filter(({ type }) => type === 'lambda')) {
      const [parameter] = (lambda.arguments ?? []) as ExpressionNode[];
      const inner = new Map(variables);
      if (parameter) inner.set(String(parameter.value), item);
      this.shapeOf(lambda, on, inner);
    }
    if (procedure?.type !== 'variable') this.shapeOf(procedure, on, variables);
    return ANY;
  }

  #binary(node: Parts, on: Shape, variables: Variables): Shape {
    const { value } = node;
    const { lhs, rhs } = node as unknown as { lhs: ExpressionNode; rhs: ExpressionNode };
    const left = this.shapeOf(lhs, on, variables);
    const right = this.shapeOf(rhs, on, variables);
    if (value !== '=' && value !== '!=' && value !== 'in') return ANY;
    this.#compare(left, rhs);
    this.#compare(right, lhs);
    return ANY;
  }

  /** A text beside a field that has certain values only. */
  #compare({ values, what }: Shape, other: ExpressionNode): void {
    if (!values) return;
    const items = (other.expressions ?? []) as ExpressionNode[];
    const given = other.type === 'unary' && other.value === '[' ? items : [other];
    for (const { type, value } of given)
      if (type === 'string' && !values.includes(String(value)))
        this.problems.push(
          `${JSON.stringify(value)} is never there: ${what} is one of ${values.join(', ')}`,
        );
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
