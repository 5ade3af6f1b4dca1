import { UsageError } from '../flags.ts';
import type { Cell, QueryResult } from './result.ts';
import { widthOf } from './text-width.ts';

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Times without a row are drawn, too, up to this number of lines. */
const MOST_LINES = 2000;

/**
 * One column of a time series as bars, a line for each time. What a query has no row for, such as a minute in which nothing happened, is a line of its own.
 * A {@link UsageError} names the columns that can be drawn. Pure.
 */
export function chartOf({ columns, rows }: QueryResult, column: string, width: number): string {
  const index = columns.indexOf(column);
  const numeric = columns.filter((_, at) => at > 0 && rows.every((row) => isNumberOrNull(row[at])));
  if (!numeric.includes(column))
    throw new UsageError(`--chart ${column}: there are ${numeric.join(', ') || 'no numbers'}.`);
  const series = new Map(rows.map((row) => [String(row[0]), Number(row[index] ?? 0)]));
  const times = withGaps([...series.keys()], columns[0] ?? '');
  const most = [...series.values()].reduce((most, value) => Math.max(most, value), 0);
  const labels = Math.max(widthOf(columns[0] ?? ''), ...times.slice(0, 1).map(widthOf));
  const room = Math.max(10, width - labels - String(most).length - 4);
  const lines = times.map((time) => {
    const value = series.get(time) ?? 0;
    return `${time.padEnd(labels)}  ${barOf((value / (most || 1)) * room)} ${value}`;
  });
  return [`${(columns[0] ?? '').padEnd(labels)}  ${column}`, ...lines].join('\n');
}

const isNumberOrNull = (cell: Cell | undefined) => cell === null || typeof cell === 'number';

function barOf(length: number): string {
  const eighths = Math.max(0, Math.round(length * 8));
  return `${'█'.repeat(eighths >> 3)}${EIGHTHS[eighths & 7]}`;
}

/** The times in order, with those between them at the distance of the two that are closest. */
function withGaps(times: string[], column: string): string[] {
  const known = times.map((time) => Date.parse(time)).sort((a, b) => a - b);
  if (known.some(Number.isNaN)) throw new UsageError(`--chart: ${column} is no time.`);
  const steps = known.slice(1).map((ms, index) => ms - (known[index] ?? 0));
  const stepMs = steps.reduce((least, step) => Math.min(least, step), Number.POSITIVE_INFINITY);
  const [first = 0, last = 0] = [known[0], known.at(-1)];
  if (times.length < 2 || !((last - first) / stepMs <= MOST_LINES)) return times.sort();
  const format = (ms: number) => times.find((time) => Date.parse(time) === ms) ?? minuteOf(ms);
  return Array.from({ length: Math.round((last - first) / stepMs) + 1 }, (_, index) =>
    format(first + index * stepMs),
  );
}

/** As the queries write a minute or an hour. */
const minuteOf = (ms: number) => `${new Date(ms).toISOString().slice(0, 16)}Z`;
