import type { FieldProblem } from '../event/source-event.ts';
import { findDuplicateKeys } from './duplicate-keys.ts';
import { formatPath } from './json-path.ts';
import { describeSyntaxError } from './json-syntax.ts';

/** The deepest nesting of objects and arrays; the event itself is the first level. */
export const MAX_DEPTH = 64;

/** So many problems are listed at most: a refusal must not grow with what it refuses. */
export const MAX_PROBLEMS = 50;

export type JsonCheck =
  | { json: true; value: unknown; problems: FieldProblem[] }
  | { json: false; detail: string };

/**
 * Reads JSON as everybody else who reads it must be able to: what readers are known to disagree about is a problem
 * (RFC 8259, section 4 and 6; RFC 7493, I-JSON). Those are keys that an object has twice, `__proto__` and
 * `constructor.prototype`, nesting deeper than {@link MAX_DEPTH}, half surrogate pairs, and numbers beyond ±(2^53 - 1), which
 * most readers take for another number. A fraction is read as the nearest double, as everywhere, and is no problem.
 * Total and pure.
 */
export function checkJson(text: string): JsonCheck {
  const { depth, members } = measure(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const shallow = depth <= MAX_DEPTH;
    return { json: false, detail: describeSyntaxError(text, (error as Error).message, shallow) };
  }
  if (depth > MAX_DEPTH) return { json: true, value, problems: [tooDeep(depth)] };
  const inspection = new Inspection();
  inspection.inspect(value);
  // JSON.parse keeps the last of several equal keys: then the text has more members than the value.
  const duplicates = inspection.members === members ? [] : findDuplicateKeys(text);
  const listed = duplicates.slice(0, MAX_PROBLEMS).map(duplicateProblem);
  const problems = [...listed, ...inspection.problems].slice(0, MAX_PROBLEMS);
  return { json: true, value, problems };
}

function tooDeep(depth: number): FieldProblem {
  const detail = `The body is nested ${depth} levels deep. At most ${MAX_DEPTH} are accepted.`;
  return { field: '', detail };
}

function duplicateProblem(path: (string | number)[]): FieldProblem {
  const key = formatPath(path.slice(-1));
  return {
    field: formatPath(path),
    detail: `The key ${key} appears more than once in its object. Send it once.`,
  };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** How deep the text nests, and how many members its objects have, equal keys included. Counts only; total. */
function measure(text: string): { depth: number; members: number } {
  let level = 0;
  let depth = 0;
  let members = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit === QUOTE) inString = !inString;
    else if (inString) {
      if (unit === BACKSLASH) index++;
    } else if (unit === COLON) members++;
    else {
      level += levelsOf(unit);
      if (level > depth) depth = level;
    }
  }
  return { depth, members };
}

/** What a UTF-16 unit outside strings adds to the nesting. */
function levelsOf(unit: number): number {
  switch (unit) {
    case 0x5b: // [
    case 0x7b: // {
      return 1;
    case 0x5d: // ]
    case 0x7d: // }
      return -1;
    default:
      return 0;
  }
}

/** A walk through a parsed value that is not too deep, and what it found. */
class Inspection {
  readonly problems: FieldProblem[] = [];
  members = 0;
  readonly #path: (string | number)[] = [];

  inspect(value: unknown): void {
    if (typeof value === 'string') this.#inspectText(value);
    else if (typeof value === 'number') this.#inspectNumber(value);
    else if (Array.isArray(value)) this.#inspectArray(value);
    else if (value !== null && typeof value === 'object')
      this.#inspectObject(value as Record<string, unknown>);
  }

  #inspectArray(items: unknown[]): void {
    for (let index = 0; index < items.length; index++) {
      this.#path.push(index);
      this.inspect(items[index]);
      this.#path.pop();
    }
  }

  #inspectObject(object: Record<string, unknown>): void {
    for (const key of Object.keys(object)) {
      this.members += 1;
      this.#path.push(key);
      this.#inspectKey(key);
      this.inspect(object[key]);
      this.#path.pop();
    }
  }

  #inspectKey(key: string): void {
    if (key === '__proto__' || (key === 'prototype' && this.#path.at(-2) === 'constructor'))
      this.#report('This key is not accepted, since it can reach a prototype. Rename it.');
    if (!key.isWellFormed()) this.#report('This key must not contain half of a surrogate pair.');
  }

  #inspectText(text: string): void {
    if (!text.isWellFormed()) this.#report('This field must not contain half of a surrogate pair.');
  }

  #inspectNumber(number: number): void {
    if (Math.abs(number) > Number.MAX_SAFE_INTEGER)
      this.#report(
        'This number is beyond ±9007199254740991 (2^53 - 1), where readers disagree. Send it as a string.',
      );
  }

  #report(detail: string): void {
    if (this.problems.length < MAX_PROBLEMS)
      this.problems.push({ field: formatPath(this.#path), detail });
  }
}
