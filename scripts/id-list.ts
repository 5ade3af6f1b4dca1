import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { csvText } from '../lib/safe-text.ts';
import { UsageError } from './flags.ts';

const LINE_END = /[\r\n]/;

/**
 * The ids of a file as people and spreadsheets save them: separated by line ends, commas, semicolons or tabs, with blanks around them; in UTF-8
 * or UTF-16, with or without a byte order mark. An id that holds a separator or begins with a blank or a quote stands in double quotes, which are
 * doubled within. An apostrophe before `=`, `+`, `-` or `@` is taken off, since a CSV of ours puts it there. A {@link UsageError} says that
 * the file cannot be read.
 */
export async function* readIds(flag: string, path: string): AsyncGenerator<string> {
  try {
    const decoder = new TextDecoder(await encodingOf(path));
    let last = '';
    for await (const bytes of createReadStream(path)) {
      const [first = '', ...lines] = decoder.decode(bytes, { stream: true }).split(LINE_END);
      last += first;
      for (const line of lines) {
        yield* idsOfLine(last);
        last = line;
      }
    }
    yield* idsOfLine(last + decoder.decode());
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const reason = code === 'ENOENT' ? 'there is no such file' : message;
    throw new UsageError(`--${flag} ${path}: ${reason}.`);
  }
}

/** A cell in double quotes, or one as it stands; and what separates it from the next. */
const CELL = /\s*"((?:[^"]|"")*)"\s*(?:[,;\t]|$)|([^,;\t]*)(?:[,;\t]|$)/y;

/** The ids of a flag's value, written as in a file. Pure. */
export function idsOf(text: string): string[] {
  return text.split(LINE_END).flatMap(idsOfLine);
}

/** An id as {@link idsOf} reads it again. Pure. */
export function idInList(id: string): string {
  const text = csvText(id) === id ? id : `'${id}`;
  return /[,;\t\r\n"]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function idsOfLine(line: string): string[] {
  const ids: string[] = [];
  const cell = new RegExp(CELL);
  while (cell.lastIndex < line.length) {
    const [, quoted, plain = ''] = cell.exec(line) ?? [];
    const id = csvText(quoted?.replaceAll('""', '"') ?? plain.trim());
    if (id !== '') ids.push(id);
  }
  return ids;
}

/** By the byte order mark; without one, a NUL in the first two bytes is half of an ASCII character in UTF-16. */
async function encodingOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    const [first, second] = bytesRead === 2 ? buffer : [1, 1];
    if ((first === 0xff && second === 0xfe) || second === 0) return 'utf-16le';
    if ((first === 0xfe && second === 0xff) || first === 0) return 'utf-16be';
    return 'utf-8';
  } finally {
    await file.close();
  }
}
