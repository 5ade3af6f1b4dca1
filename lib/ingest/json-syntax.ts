import { printParseErrorCode, visit } from 'jsonc-parser';
import { isJson } from '../is-json.ts';
import { shorten } from './json-path.ts';

/** The first thing that a tolerant scanner stumbles over. */
interface Fault {
  code: string;
  /** In UTF-16 units, from the start of the text. */
  offset: number;
  token: string;
}

const BYTE_ORDER_MARK = '\ufeff';

const MEANINGS: Record<string, string> = {
  InvalidCommentToken: 'JSON has no comments',
  UnexpectedEndOfComment: 'JSON has no comments',
  UnexpectedEndOfString: 'a string is not closed, or holds a line break that is not escaped',
  UnexpectedEndOfNumber: 'a digit is missing in a number',
  InvalidUnicode: 'four hexadecimal digits must follow \\u',
  InvalidEscapeCharacter: 'an escape is unknown',
  InvalidCharacter: 'a control character in a string is not escaped',
  PropertyNameExpected: 'a key in double quotes is missing',
  ValueExpected: 'a value is missing',
  ColonExpected: 'a colon is missing',
  CommaExpected: 'a comma is missing',
  CloseBraceExpected: 'a closing brace is missing',
  CloseBracketExpected: 'a closing bracket is missing',
};

/**
 * Why a text is not JSON and where, in words for the person who sent it. Total and pure.
 * @param message what `JSON.parse` said of it, for what the scanner finds nothing wrong with
 * @param shallow whether the text nests so little that it can be scanned, which is recursive
 */
export function describeSyntaxError(text: string, message: string, shallow: boolean): string {
  if (text.trim() === '') return 'The body is empty.';
  if (text.startsWith(BYTE_ORDER_MARK))
    return 'The body starts with a byte order mark (U+FEFF). Send it without one.';
  if (text.includes('\0')) return 'The body holds NUL characters: it looks like UTF-16 or UTF-32.';
  const fault = shallow ? firstFault(text) : undefined;
  if (!fault) return `The body is not valid JSON: ${shorten(message)}.`;
  return `The body is not valid JSON: ${meaningOf(fault, text)} (${placeOf(fault.offset, text)}).`;
}

function firstFault(text: string): Fault | undefined {
  let fault: Fault | undefined;
  const onError = (code: number, offset: number, length: number) => {
    const token = text.slice(offset, offset + length);
    fault ??= { code: printParseErrorCode(code), offset, token };
  };
  visit(text, { onError }, { disallowComments: true, allowTrailingComma: false });
  return fault;
}

function meaningOf({ code, offset, token }: Fault, text: string): string {
  const before = text.slice(0, offset).trimEnd();
  const after = text.slice(offset, offset + 10);
  if (isJson(before)) return 'something follows after its end';
  if (/^[+-]?(?:NaN|Infinity)/.test(after)) return 'JSON has no NaN and no Infinity';
  const isLast = offset + token.length >= text.length;
  if (isLast && !/^[\]},:]/.test(token)) return 'it ends too early';
  if (before.endsWith(',') && /^[\]}]/.test(after)) return 'a trailing comma';
  if (/^\d\d/.test(text.slice(offset - 1))) return 'a number starts with 0';
  if (/^['`]/.test(after)) return 'strings and keys need double quotes';
  return MEANINGS[code] ?? `${JSON.stringify(shorten(token))} is no JSON`;
}

/** As editors count: lines and UTF-16 units from 1. */
function placeOf(offset: number, text: string): string {
  const lines = text.slice(0, offset).split('\n');
  return `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`;
}
