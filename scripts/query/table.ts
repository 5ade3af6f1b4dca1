import { escapeControls } from '../../lib/safe-text.ts';
import type { QueryResult } from './result.ts';
import { widthOf, wrap } from './text-width.ts';

/** A column of a table: texts without control characters, the head first. */
interface Column {
  texts: string[];
  isNumeric: boolean;
}

/** Characters of border and padding for each column; one more border ends the row. */
const FRAME = 3;

/** A word up to this length stays whole: a time with milliseconds has 24 characters. */
const WHOLE_WORD = 24;

/**
 * A result as a table of at most `width` characters a line: long texts are wrapped. Where the columns do not fit even so, each row becomes a
 * block with a line for each column. Without a width, as in a file, lines are as long as they need. Pure.
 */
export function tableOf({ columns, rows }: QueryResult, width = Number.POSITIVE_INFINITY): string {
  const texts = columns.map((name, index) => ({
    texts: [name, ...rows.map((row) => escapeControls(String(row[index] ?? '')))],
    isNumeric: rows.every((row) => typeof row[index] !== 'string'),
  }));
  const widths = fittingWidths(texts, width - FRAME * columns.length - 1);
  const count = `${rows.length} row${rows.length === 1 ? '' : 's'}`;
  return `${widths ? framed(texts, widths) : blocks(texts, rows.length, width)}\n${count}`;
}

/** The columns' widths, the widest made narrower until they fit; `undefined` where they cannot. */
function fittingWidths(columns: Column[], room: number): number[] | undefined {
  const widths = columns.map(({ texts }) => longestOf(texts));
  const least = columns.map(leastWidth);
  const sum = (numbers: number[]) => numbers.reduce((all, each) => all + each, 0);
  if (sum(least) > room) return undefined;
  for (let excess = sum(widths) - room; excess > 0; excess -= 1) {
    const spare = widths.map((width, index) => (width > (least[index] ?? 0) ? width : 0));
    const widest = spare.indexOf(Math.max(...spare));
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function leastWidth({ texts, isNumeric }: Column): number {
  if (isNumeric) return longestOf(texts);
  const [head = '', ...cells] = texts;
  const word = longestOf(cells.flatMap((text) => text.split(' ')));
  return Math.max(widthOf(head), Math.min(WHOLE_WORD, word));
}

/** A result may have more rows than a call may have arguments. */
const longestOf = (texts: string[]) =>
  texts.reduce((longest, text) => Math.max(longest, widthOf(text)), 0);

function framed(columns: Column[], widths: number[]): string {
  const rule = (left: string, middle: string, right: string) =>
    `${left}${widths.map((width) => '─'.repeat(width + 2)).join(middle)}${right}`;
  const rows = (columns[0]?.texts ?? []).map((_, row) => rowLines(columns, widths, row));
  const [head = [], ...body] = rows;
  return [
    rule('┌', '┬', '┐'),
    ...head,
    rule('├', '┼', '┤'),
    ...body.flat(),
    rule('└', '┴', '┘'),
  ].join('\n');
}

/** A row takes as many lines as its longest cell. */
function rowLines(columns: Column[], widths: number[], row: number): string[] {
  const cells = columns.map(({ texts }, index) => wrap(texts[row] ?? '', widths[index] ?? 0));
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => {
    const padded = cells.map((lines, index) => {
      const text = lines[line] ?? '';
      const padding = ' '.repeat((widths[index] ?? 0) - widthOf(text));
      return columns[index]?.isNumeric ? `${padding}${text}` : `${text}${padding}`;
    });
    return `│ ${padded.join(' │ ')} │`;
  });
}

/** Returns a heading for each row, and a line for each column with a value. */
function blocks(columns: Column[], rows: number, width: number): string {
  const nameWidth = longestOf(columns.map(({ texts }) => texts[0] ?? ''));
  const indent = ' '.repeat(nameWidth + 2);
  const lines = ({ texts }: Column, row: number) =>
    wrap(texts[row] ?? '', Math.max(10, width - indent.length)).map((part, index) =>
      index === 0 ? `${(texts[0] ?? '').padEnd(nameWidth)}  ${part}` : `${indent}${part}`,
    );
  const all = Array.from({ length: rows }, (_, index) => [
    `── ${index + 1} of ${rows} ──`,
    ...columns
      .filter(({ texts }) => texts[index + 1] !== '')
      .flatMap((column) => lines(column, index + 1)),
  ]);
  return all.flat().join('\n');
}
