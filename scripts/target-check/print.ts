import colors from 'picocolors';
import { escapeControls } from '../../lib/safe-text.ts';
import type { NamedContract } from '../target-contract.ts';
import type { TargetCheck } from './check-target.ts';

/** A check in lines for a person: what does not fit, what is good to know, and the result last. Pure. */
export function linesOfCheck(
  { ready, problems, notes, roundTripMs }: TargetCheck,
  { url, contract }: { url: string; contract: Pick<NamedContract, 'folder'> },
): string[] {
  return [
    ...problems.map((problem) => `${colors.red('does not fit')}  ${escapeControls(problem)}`),
    ...notes.map((note) => `${colors.yellow('note')}          ${escapeControls(note)}`),
    ...(roundTripMs === undefined ? [] : [`round trip    ${roundTripMs} ms (median of 5)`]),
    ready
      ? `${colors.green('ready')}: ${url} fits the target contract ${contract.folder}`
      : `not ready: ${url} does not fit the target contract ${contract.folder}`,
  ];
}
