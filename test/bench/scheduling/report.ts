import type { Figures } from './measure.ts';
import type { Scenario, Wanted } from './scenarios.ts';

/** Columns of the table: heading and width. */
const COLUMNS: [heading: string, width: number][] = [
  ['scenario', 32],
  ['wanted', 18],
  ['rate used', 9],
  ['429 ‰', 7],
  ['busiest second', 14],
  ['lookups', 7],
  ['second creations', 16],
  ['lost', 4],
  ['verdict', 7],
];

export const headLine = (): string => lineOfCells(COLUMNS.map(([heading]) => heading));

export const throttledPerMille = ({ calls, throttled }: Figures): number =>
  calls === 0 ? 0 : (throttled * 1000) / calls;

/** Returns whether a scenario's figures are within its bounds. */
export function isKept(wanted: Wanted, figures: Figures): boolean {
  return (
    figures.rateUsed >= (wanted.rateUsed ?? 0) &&
    throttledPerMille(figures) <= (wanted.throttledPerMille ?? Number.POSITIVE_INFINITY) &&
    figures.secondCreations === 0 &&
    figures.lost === 0
  );
}

/** One scenario as a line of the table. */
export function lineOf({ name, wanted }: Scenario, figures: Figures): string {
  return lineOfCells([
    name,
    wanted ? wantedText(wanted) : '',
    `${(figures.rateUsed * 100).toFixed(1)} %`,
    throttledPerMille(figures).toFixed(2),
    String(figures.busiestSecond),
    String(figures.lookups),
    String(figures.secondCreations),
    String(figures.lost),
    wanted ? (isKept(wanted, figures) ? 'ok' : 'FAILED') : '',
  ]);
}

function wantedText({ rateUsed, throttledPerMille }: Wanted): string {
  const parts = [
    rateUsed === undefined ? '' : `≥ ${Math.round(rateUsed * 100)} %`,
    throttledPerMille === undefined ? '' : `≤ ${throttledPerMille} ‰`,
  ];
  return parts.filter((part) => part !== '').join(', ') || 'none twice';
}

function lineOfCells(cells: string[]): string {
  const padded = COLUMNS.map(([, width], index) => {
    const cell = cells[index] ?? '';
    return index < 2 ? cell.padEnd(width) : cell.padStart(width);
  });
  return padded.join('  ').trimEnd();
}
