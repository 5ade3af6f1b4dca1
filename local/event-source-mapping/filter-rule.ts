/** Whether one value of a record satisfies a rule; `undefined` stands for a field that is not there. */
export type ValueTest = (value: unknown) => boolean;

type Comparison = (value: number, limit: number) => boolean;

const comparisons: Record<string, Comparison> = {
  '=': (value, limit) => value === limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

/**
 * Compiles one element of a rule array: an exact value, or an object with one operator out of those
 * Lambda supports [DOC]. Throws with `path` in the message when AWS would refuse it.
 */
export function compileRule(rule: unknown, path: string): ValueTest {
  if (typeof rule !== 'object' || rule === null) return (value) => value === rule;
  const [entry, ...others] = Object.entries(rule);
  if (Array.isArray(rule) || entry === undefined || others.length > 0) {
    throw new Error(`${path}: a rule is a value or an object with one operator`);
  }
  return compileOperator(entry[0], entry[1], path);
}

function compileOperator(operator: string, operand: unknown, path: string): ValueTest {
  switch (operator) {
    case 'prefix':
      return onText(operand, operator, path, (value, text) => value.startsWith(text));
    case 'suffix':
      return onText(operand, operator, path, (value, text) => value.endsWith(text));
    case 'equals-ignore-case':
      return onText(operand, operator, path, (a, b) => a.toLowerCase() === b.toLowerCase());
    case 'exists':
      if (typeof operand !== 'boolean') throw new Error(`${path}: exists takes true or false`);
      return (value) => isLeaf(value) === operand;
    case 'numeric':
      return compileNumeric(operand, path);
    case 'anything-but':
      return compileAnythingBut(operand, path);
    default:
      throw new Error(`${path}: unknown operator ${JSON.stringify(operator)}`);
  }
}

function onText(
  operand: unknown,
  operator: string,
  path: string,
  matches: (value: string, text: string) => boolean,
): ValueTest {
  if (typeof operand !== 'string') throw new Error(`${path}: ${operator} takes a text`);
  return (value) => typeof value === 'string' && matches(value, operand);
}

/** `["=", 5]`, or a range such as `[">", 0, "<=", 5]`. */
function compileNumeric(operand: unknown, path: string): ValueTest {
  const parts = Array.isArray(operand) ? operand : [];
  const tests: ((value: number) => boolean)[] = [];
  for (let at = 0; at < parts.length; at += 2) {
    const compare = comparisons[String(parts[at])];
    const limit: unknown = parts[at + 1];
    if (!compare || typeof limit !== 'number') break;
    tests.push((value) => compare(value, limit));
  }
  if (tests.length === 0 || tests.length !== parts.length / 2 || tests.length > 2) {
    throw new Error(`${path}: numeric takes one or two pairs of an operator and a number`);
  }
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

/** One value, several, or a nested `prefix`, `suffix` or `equals-ignore-case`. A missing field does not match. */
function compileAnythingBut(operand: unknown, path: string): ValueTest {
  const excluded = Array.isArray(operand) ? operand : [operand];
  if (excluded.length === 0) throw new Error(`${path}: anything-but excludes nothing`);
  const tests = excluded.map((rule) => compileRule(rule, `${path}.anything-but`));
  return (value) => isLeaf(value) && !tests.some((test) => test(value));
}

/** As in EventBridge, only leaves exist: an object between the root and a leaf does not. */
function isLeaf(value: unknown): boolean {
  return value !== undefined && (typeof value !== 'object' || value === null);
}
