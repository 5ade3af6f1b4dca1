import { runParts } from '../run-parts.ts';
import { FAULTS, noProcesses } from './faults.ts';
import { type Fault, type FaultResult, measureFault } from './measure-fault.ts';

/**
 * `npm run bench -- faults [--only NAME]`: one line per fault, each on its own local run. Exit code 1 if an acknowledged event was lost or created twice, or if a
 * run ended that should go on.
 */
export async function main(argv: string[]): Promise<number> {
  const broken: string[] = [];
  const parts = FAULTS.map((fault) => [
    fault.name,
    async () => {
      if (!(await measure(fault))) broken.push(fault.name);
    },
  ]);
  console.log(HEADING);
  await runParts(argv, Object.fromEntries(parts));
  console.log(broken.length === 0 ? '\nAll held.' : `\nNot held: ${broken.join(', ')}`);
  return broken.length === 0 ? 0 : 1;
}

/** Prints a fault's line; resolves with false if it did more harm than allowed. */
async function measure(fault: Fault): Promise<boolean> {
  const missing = noProcesses() ?? fault.missing?.();
  if (missing) {
    console.log(`${fault.name.padEnd(NAME_WIDTH)}SKIPPED: ${missing}`);
    return true;
  }
  const result = await measureFault(fault).catch((error: Error) => error);
  if (result instanceof Error) {
    console.log(`${fault.name.padEnd(NAME_WIDTH)}NOT MEASURED: ${result.message}`);
    return false;
  }
  console.log(lineOf(fault, result));
  const isHeld = result.lost === 0 && result.createdTwice === 0;
  return isHeld && (!fault.survives || result.ended === 0);
}

const NAME_WIDTH = 29;
const SEEN_WIDTH = 110;

const COLUMNS: [title: string, value: (result: FaultResult) => number][] = [
  ['202', (result) => result.acknowledged],
  ['refused', (result) => result.refused],
  ['no answer', (result) => result.noAnswer],
  ['lost', (result) => result.lost],
  ['set aside', (result) => result.setAside],
  ['twice', (result) => result.createdTwice],
  ['>500 ms', (result) => result.over500],
  ['ended', (result) => result.ended],
];

const HEADING = `${'fault'.padEnd(NAME_WIDTH)}${COLUMNS.map(([title]) => title.padStart(widthOf(title))).join('')}  seen`;

function lineOf({ name }: Fault, result: FaultResult): string {
  const values = COLUMNS.map(([title, value]) => String(value(result)).padStart(widthOf(title)));
  const seen = cutOff(result.seen.slice(0, 2).join(' | '));
  return `${name.padEnd(NAME_WIDTH)}${values.join('')}  ${seen || 'nothing'}`;
}

function widthOf(title: string): number {
  return Math.max(title.length, 4) + 2;
}

function cutOff(text: string): string {
  return text.length > SEEN_WIDTH ? `${text.slice(0, SEEN_WIDTH - 1)}…` : text;
}
