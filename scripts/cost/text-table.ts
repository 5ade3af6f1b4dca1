/** A table that reads as text and is Markdown too: columns padded, the first to the left, the others as told. */
export function textTable(head: string[], rows: string[][], leftColumns = 1): string {
  const widths = head.map((title, index) =>
    Math.max(3, title.length, ...rows.map((row) => (row[index] ?? '').length)),
  );
  const isLeft = (index: number) => index < leftColumns;
  const line = (cells: string[]) =>
    `| ${cells
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return isLeft(index) ? cell.padEnd(width) : cell.padStart(width);
      })
      .join(' | ')} |`;
  const rule = widths.map((width, index) =>
    isLeft(index) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

const DOLLARS = new Intl.NumberFormat('en-US', {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});
const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** US dollars: cents below 100, whole dollars above. */
export function dollars(usd: number): string {
  return usd < 100 ? DOLLARS.format(usd) : WHOLE.format(usd);
}

/** A number of things: whole, except for the small ones. */
export function amount(value: number): string {
  return value > 0 && value < 10 ? String(Number(value.toPrecision(3))) : WHOLE.format(value);
}
