import colors from 'picocolors';
import { type Cell, csvCell, escapeControls, safeJson } from '../lib/safe-text.ts';

/**
 * The only place where a command writes lines; the linter refuses `console` elsewhere in `scripts/`. Only the colours of picocolors reach the terminal unescaped. A line feed ends a line, so a text from outside goes through `escapeControls` before it
 * becomes part of one.
 */

/** The styles of picocolors that commands use, and their ends. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals know styles by it
const STYLE = /(\u001b\[(?:[12]|22|3[0-9])m)/;

type Lines = string | readonly string[];

/** Prints results for a person. */
export function print(lines: Lines): void {
  console.log(safeLines(lines));
}

/** Prints a value as one line of JSON. */
export function printJson(value: unknown): void {
  console.log(safeJson(value));
}

/** Prints to stderr what is no result: notes, warnings and errors. */
export function printNote(lines: Lines): void {
  console.error(safeLines(lines));
}

/** Prints an error that no one expected, with the places in the code that it came through. */
export function printFailure(error: unknown): void {
  const { stack = '' } = error instanceof Error ? error : {};
  // The stack begins with the message, which may hold lines that look like places.
  const places = stack.slice(stack.indexOf(String(error)) + String(error).length);
  printNote([escapeControls(String(error)), ...(places.match(/^ {4}at .*$/gm) ?? [])]);
}

/** Prints rows of values as CSV (RFC 4180). */
export function printCsv(rows: readonly (readonly Cell[])[]): void {
  console.log(rows.map((row) => row.map(csvCell).join(',')).join('\r\n'));
}

/** Lines with everything escaped but our own styles. Pure. */
export function safeLines(lines: Lines, hasStyles = colors.isColorSupported): string {
  const text = typeof lines === 'string' ? lines : lines.join('\n');
  return text
    .split('\n')
    .map((line) => (hasStyles ? escapeAround(line) : escapeControls(line)))
    .join('\n');
}

/** `split` puts what the pattern captures at the odd places. */
function escapeAround(line: string): string {
  const parts = line.split(STYLE);
  return parts.map((part, index) => (index % 2 === 1 ? part : escapeControls(part))).join('');
}
