import { isJson } from '../is-json.ts';

/** Start of every fact of this project. In JSON it precedes a fact or an object in a payload; it never occurs in a string. */
const FACT_START = '{"v":1';

/** A fact follows another without a newline. Never in the middle of a JSON text: there a comma would stand between the braces. */
export const FACT_BORDER = '}{"v":1';

/** A part of a line, and its offset in characters. */
interface Piece {
  at: number;
  text: string;
}

/** Returns whether a line may hold more than one fact. Pure. */
export function mayBeGlued(line: string): boolean {
  return line.indexOf(FACT_START, 1) !== -1;
}

/**
 * The JSON objects of a line, each a piece, and what stands between them. A fact that was cut ends where the next one begins.
 * Pure.
 */
export function piecesOf(line: string): Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  for (const part of line.split(/(?<=\})(?=\{"v":1)/)) {
    for (const { at, text } of piecesOfPart(part)) pieces.push({ at: start + at, text });
    start += part.length;
  }
  return pieces;
}

/**
 * An object that does not end is looked for as often as this through the rest of the line; after that, only up to where another fact may begin.
 * Else a line of thousands of cut facts would take hours: each look goes through all of the others.
 */
const LONG_LOOKS = 4;

function* piecesOfPart(part: string): Generator<Piece> {
  let at = 0;
  let looks = 0;
  for (;;) {
    // `trimStart` takes a byte order mark for white space.
    at += part.length - at - part.slice(at).trimStart().length;
    if (at >= part.length) return;
    const next = nextStart(part, at);
    const end = endOfObject(part, at, looks < LONG_LOOKS ? part.length : next);
    if (end === undefined) looks += 1;
    yield { at, text: part.slice(at, end ?? next) };
    at = end ?? next;
  }
}

function nextStart(part: string, at: number): number {
  const next = part.indexOf(FACT_START, at + 1);
  return next === -1 ? part.length : next;
}

/** Returns the end of the JSON object that begins there; `undefined` if there is none up to `limit`. */
function endOfObject(text: string, at: number, limit: number): number | undefined {
  if (text[at] !== '{') return undefined;
  let depth = 0;
  for (let index = at; index < limit; index++) {
    const character = text[index];
    if (character === '"') {
      index = endOfString(text, index);
    } else if (character === '{') depth += 1;
    else if (character === '}' && --depth === 0)
      return isJson(text.slice(at, index + 1)) ? index + 1 : undefined;
  }
  return undefined;
}

/** The index of the closing quote. */
function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === '"') return index;
  }
  return text.length;
}
