/**
 * Text from events, targets and stores, made safe for the place where it is shown. A terminal obeys control sequences (colours, titles, the
 * clipboard), bidirectional controls reorder what a person reads, a spreadsheet runs formulas, and a shell runs what is not quoted.
 */

/**
 * Every control character (C0, DEL, C1), format character (bidirectional and invisible ones), line separator and half of a surrogate pair. The two joiners
 * stay: scripts and emoji need them, and they change nothing around them.
 */
const UNSAFE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const SHORT_ESCAPES: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Shows unsafe characters as escapes, such as `\n` and `\u001b`, so that the text takes one line. Pure; safe to repeat. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, (character) => SHORT_ESCAPES[character] ?? unicodeEscape(character));
}

function unicodeEscape(character: string): string {
  const digits = (character.codePointAt(0) ?? 0).toString(16);
  return digits.length > 4 ? `\\u{${digits}}` : `\\u${digits.padStart(4, '0')}`;
}

/** JSON of a value on one line, with unsafe characters as JSON's own escapes: a parser reads the same value. Pure. */
export function safeJson(value: unknown): string {
  return escapeInJson(JSON.stringify(value));
}

/** The same for text that is JSON already, without line feeds. Pure; safe to repeat. */
export function escapeInJson(json: string): string {
  return json.replace(UNSAFE, jsonEscape);
}

/** JSON has four digits for each UTF-16 unit. */
function jsonEscape(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

/** The first characters by which spreadsheets know a formula, with their full-width forms (OWASP, "CSV Injection"). */
const FORMULA = /^'*[=+\-@\uff1d\uff0b\uff0d\uff20]/;
const NUMBER = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** A value of a table. */
export type Cell = string | number | boolean | null;

/**
 * A cell of a CSV file (RFC 4180). A text that a spreadsheet would run as a formula gets an apostrophe in front; a number does not.
 * {@link csvText} takes the apostrophe off again. Pure.
 */
export function csvCell(cell: Cell): string {
  if (typeof cell !== 'string') return cell === null ? '' : String(cell);
  const text = escapeControls(cell);
  const harmless = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  // A spreadsheet that splits at semicolons would make a cell, and a formula, of what follows one.
  return /[",;']/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** The text of a CSV cell, without the apostrophe that {@link csvCell} puts before a formula. Pure. */
export function csvText(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
}

/**
 * An argument as a POSIX shell takes it, on one line. Unsafe characters are written by `printf`, since quotes would keep them raw; a line feed
 * at the very end is lost there, which no id has. Pure.
 */
export function shellQuoted(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (text.search(UNSAFE) < 0) return singleQuoted(text);
  const format = text.replaceAll('\\', '\\\\').replaceAll('%', '%%');
  return `"$(printf -- ${singleQuoted(format.replace(UNSAFE, octalEscape))})"`;
}

const singleQuoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

function octalEscape(character: string): string {
  return [...Buffer.from(character)]
    .map((byte) => `\\${byte.toString(8).padStart(3, '0')}`)
    .join('');
}
