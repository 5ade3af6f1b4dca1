import { type AttributeValue, add, type Item, invalid } from './attribute-values.ts';
import { ExpressionReader, type Placeholders } from './expression-reader.ts';

/** One change of an item: reads `before`, writes `after`. */
type Change = (before: Item, after: Item) => void;

type Operand = (item: Item) => AttributeValue;

/**
 * Compiles an update of an item: SET with sums, differences and `if_not_exists`, REMOVE, and ADD for numbers. Source of the grammar:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
 *
 * @throws AwsError for a text that is none
 */
export function compileUpdate(text: string, placeholders: Placeholders): (before: Item) => Item {
  const reader = new ExpressionReader(text, placeholders);
  const changes: Change[] = [];
  while (!reader.isAtEnd) {
    const change = clauseOf(reader.take().toUpperCase());
    do changes.push(change(reader));
    while (reader.takeIf(','));
  }
  return (before) => {
    const after = { ...before };
    for (const change of changes) change(before, after);
    return after;
  };
}

function clauseOf(word: string): (reader: ExpressionReader) => Change {
  if (word === 'SET') return assignment;
  if (word === 'REMOVE') return removal;
  if (word === 'ADD') return addition;
  throw invalid(`This emulator does not have ${word} in an update expression.`);
}

function assignment(reader: ExpressionReader): Change {
  const name = reader.name();
  reader.expect('=');
  const value = sum(reader);
  return (before, after) => {
    after[name] = value(before);
  };
}

function removal(reader: ExpressionReader): Change {
  const name = reader.name();
  return (_before, after) => {
    delete after[name];
  };
}

function addition(reader: ExpressionReader): Change {
  const name = reader.name();
  const value = reader.placeholders.value(reader.take());
  return (before, after) => {
    after[name] = add(before[name] ?? { N: '0' }, value, 1n);
  };
}

function sum(reader: ExpressionReader): Operand {
  const first = operand(reader);
  const sign = reader.ahead === '-' ? -1n : 1n;
  if (!reader.takeIf('+') && !reader.takeIf('-')) return first;
  const second = operand(reader);
  return (item) => add(first(item), second(item), sign);
}

function operand(reader: ExpressionReader): Operand {
  if (reader.ahead.startsWith(':')) {
    const value = reader.placeholders.value(reader.take());
    return () => value;
  }
  if (reader.takeIf('IF_NOT_EXISTS')) {
    reader.expect('(');
    const name = reader.name();
    reader.expect(',');
    const otherwise = operand(reader);
    reader.expect(')');
    return (item) => item[name] ?? otherwise(item);
  }
  const name = reader.name();
  return (item) => {
    const value = item[name];
    if (!value)
      throw invalid(
        'The provided expression refers to an attribute that does not exist in the item',
      );
    return value;
  };
}
