import { parseFlags, UsageError } from '../../../scripts/flags.ts';
import { measureColdStarts } from './measure-cold-starts.ts';
import { measureFaults } from './measure-faults.ts';
import { measureFront } from './measure-front.ts';
import { measureHandler } from './measure-handler.ts';

const PARTS = {
  handler: measureHandler,
  'cold-starts': measureColdStarts,
  front: measureFront,
  faults: measureFaults,
};

/** `npm run bench -- ingest [--only PART]`: prints tables, to be read as ratios. */
export async function main(argv: string[]): Promise<number> {
  const flags = parseFlags(argv, { only: { type: 'string' } });
  const names = Object.keys(PARTS) as (keyof typeof PARTS)[];
  const chosen = names.filter((name) => !flags.only || name === flags.only);
  if (chosen.length === 0) throw new UsageError(`--only must be one of ${names.join(', ')}.`);
  for (const name of chosen) await PARTS[name]();
  return 0;
}
