import { messageOf } from '../../lib/errors.ts';

/** Whether a record's data passes. */
export type DataFilter = (data: Uint8Array) => boolean;

/**
 * Compiles filter patterns into one test of a record's bytes. A record passes when any pattern matches its
 * decoded JSON; data that is not JSON is dropped by a `data` pattern; without patterns everything passes
 * [AWS, DOC]. The bytes are left untouched.
 *
 * A pattern holds rule arrays (any rule may match) at the leaves of objects (all keys must match), and
 * `$or` takes a list of patterns. Throws an error naming the pattern when AWS would refuse it.
 */
export function compileFilters(patterns: readonly string[]): DataFilter {
  if (patterns.length === 0) return () => true;
  const tests = patterns.map((pattern, index) => {
    try {
      return compilePattern(pattern);
    } catch (error) {
      throw new Error(`filterPatterns[${index}]: ${messageOf(error)}`, { cause: error });
    }
  });
  return (data) => {
    const decoded = decodeJson(data);
    return decoded.json && tests.some((test) => test({ data: decoded.value }));
  };
}

function compilePattern(text: string): ValueTest {
  const pattern: unknown = JSON.parse(text);
  assertDataOnly(pattern);
  return compileObject(pattern, '');
}

/** For Kinesis, `data` is the only key that can be filtered on, and its pattern is an object [DOC]. */
function assertDataOnly(pattern: unknown): asserts pattern is Record<string, unknown> {
  if (!isObject(pattern)) throw new Error('a pattern is a JSON object');
  for (const [key, part] of Object.entries(pattern)) {
    if (key === '$or' && Array.isArray(part)) part.forEach(assertDataOnly);
    else if (key !== 'data') throw new Error(`${key}: only data can be filtered on`);
    else if (!isObject(part)) throw new Error('data: must be an object');
  }
}

function compileObject(pattern: Record<string, unknown>, path: string): ValueTest {
  const keys = Object.entries(pattern);
  if (keys.length === 0) throw new Error(`${path || 'pattern'}: is empty`);
  const tests = keys.map(([key, part]) => {
    const partPath = path ? `${path}.${key}` : key;
    if (key === '$or') return compileAny(part, partPath);
    const test = compilePart(part, partPath);
    return (value: unknown) => test(isObject(value) ? value[key] : undefined);
  });
  return (value) =>
    Array.isArray(value)
      ? value.some((element) => tests.every((test) => test(element)))
      : tests.every((test) => test(value));
}

function compilePart(part: unknown, path: string): ValueTest {
  if (isObject(part)) return compileObject(part, path);
  if (!Array.isArray(part) || part.length === 0) {
    throw new Error(`${path}: must be an object or a list of rules`);
  }
  const rules = part.map((rule) => compileRule(rule, path));
  const anyRule: ValueTest = (value) => rules.some((rule) => rule(value));
  return (value) =>
    Array.isArray(value) && value.length > 0 ? value.some(anyRule) : anyRule(value);
}

function compileAny(part: unknown, path: string): ValueTest {
  if (!Array.isArray(part) || part.length === 0 || !part.every(isObject)) {
    throw new Error(`${path}: must be a list of patterns`);
  }
  const tests = part.map((choice, index) => compileObject(choice, `${path}[${index}]`));
  return (value) => tests.some((test) => test(value));
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decodeJson(data: Uint8Array): { json: true; value: unknown } | { json: false } {
  try {
    return { json: true, value: JSON.parse(utf8.decode(data)) };
  } catch {
    return { json: false };
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether one value of a record satisfies a rule; `undefined` stands for a field that is not there. */
type ValueTest = (value: unknown) => boolean;

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
function compileRule(rule: unknown, path: string): ValueTest {
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
