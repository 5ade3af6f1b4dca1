import {
  type AttributeValue,
  bytesOf,
  compare,
  type Item,
  invalid,
  isEqual,
  typeOf,
} from './attribute-values.ts';
import { ExpressionReader, type Placeholders } from './expression-reader.ts';

/** A value of an item, or one of the request; `undefined` for an attribute that the item has not. */
type Operand = (item: Item) => AttributeValue | undefined;

export type Condition = (item: Item) => boolean;

type Comparator = (a: AttributeValue, b: AttributeValue) => boolean;

const ordered =
  (holds: (order: number) => boolean): Comparator =>
  (a, b) => {
    const order = compare(a, b);
    return order !== undefined && holds(order);
  };

const atMost = ordered((order) => order <= 0);

const COMPARATORS: Record<string, Comparator> = {
  '=': isEqual,
  '<>': (a, b) => !isEqual(a, b),
  '<': ordered((order) => order < 0),
  '<=': atMost,
  '>': ordered((order) => order > 0),
  '>=': ordered((order) => order >= 0),
};

/** Functions of two operands. */
const FUNCTIONS: Record<string, Comparator> = {
  begins_with: (a, b) => typeOf(a) === typeOf(b) && bytesOf(a).indexOf(bytesOf(b)) === 0,
  contains(a, b) {
    if ('S' in a && 'S' in b) return String(a.S).includes(String(b.S));
    const [type, members] = Object.entries(a)[0] ?? [];
    if (!Array.isArray(members)) return false;
    return members.some((member) =>
      isEqual(type === 'L' ? member : { [type?.[0] ?? '']: member }, b),
    );
  },
  attribute_type: (a, b) => typeOf(a) === b.S,
};

/**
 * Compiles a condition, filter or key condition. Source of the grammar:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
 *
 * @throws AwsError for a text that is none
 */
export function compileCondition(text: string, placeholders: Placeholders): Condition {
  const reader = new ExpressionReader(text, placeholders);
  const condition = either(reader);
  if (!reader.isAtEnd) throw invalid(`Invalid expression: syntax error near "${reader.ahead}"`);
  return condition;
}

function either(reader: ExpressionReader): Condition {
  const first = both(reader);
  if (!reader.takeIf('OR')) return first;
  const rest = either(reader);
  return (item) => first(item) || rest(item);
}

function both(reader: ExpressionReader): Condition {
  const first = negated(reader);
  if (!reader.takeIf('AND')) return first;
  const rest = both(reader);
  return (item) => first(item) && rest(item);
}

function negated(reader: ExpressionReader): Condition {
  if (!reader.takeIf('NOT')) return single(reader);
  const condition = negated(reader);
  return (item) => !condition(item);
}

function single(reader: ExpressionReader): Condition {
  if (reader.takeIf('(')) {
    const condition = either(reader);
    reader.expect(')');
    return condition;
  }
  const isFunction = reader.second === '(' && reader.ahead !== 'SIZE';
  return isFunction ? call(reader) : comparison(reader);
}

function call(reader: ExpressionReader): Condition {
  const name = reader.take();
  if (name === 'attribute_exists' || name === 'attribute_not_exists') {
    const [attribute = ''] = reader.list(() => reader.name());
    return (item) => Object.hasOwn(item, attribute) === (name === 'attribute_exists');
  }
  const [first, second] = reader.list(() => operand(reader));
  const holds = FUNCTIONS[name];
  if (!holds || !first || !second)
    throw invalid(`Invalid expression: there is no function ${name} with these operands`);
  return (item) => holdsFor(first(item), second(item), holds);
}

function comparison(reader: ExpressionReader): Condition {
  const left = operand(reader);
  if (reader.takeIf('BETWEEN')) {
    const low = operand(reader);
    reader.expect('AND');
    const high = operand(reader);
    return (item) => {
      const value = left(item);
      return holdsFor(low(item), value, atMost) && holdsFor(value, high(item), atMost);
    };
  }
  if (reader.takeIf('IN')) {
    const members = reader.list(() => operand(reader));
    return (item) => members.some((member) => holdsFor(left(item), member(item), isEqual));
  }
  const holds = COMPARATORS[reader.take()];
  if (!holds) throw invalid('Invalid expression: a comparator is missing');
  const right = operand(reader);
  return (item) => holdsFor(left(item), right(item), holds);
}

/** A comparison with an attribute that is not there does not hold, but for `<>`. */
function holdsFor(
  a: AttributeValue | undefined,
  b: AttributeValue | undefined,
  holds: Comparator,
): boolean {
  if (a === undefined || b === undefined) return holds === COMPARATORS['<>'];
  return holds(a, b);
}

function operand(reader: ExpressionReader): Operand {
  if (reader.ahead.startsWith(':')) {
    const value = reader.placeholders.value(reader.take());
    return () => value;
  }
  if (reader.ahead === 'SIZE' && reader.second === '(') {
    reader.take();
    const [name = ''] = reader.list(() => reader.name());
    return (item) => sizeOf(item[name]);
  }
  const name = reader.name();
  return (item) => (Object.hasOwn(item, name) ? item[name] : undefined);
}

function sizeOf(value: AttributeValue | undefined): AttributeValue | undefined {
  if (!value) return undefined;
  if ('S' in value || 'B' in value) return { N: String(bytesOf(value).length) };
  const members = Object(Object.values(value)[0]);
  return { N: String(Object.keys(members).length) };
}
