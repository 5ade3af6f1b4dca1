import { parseFlags, UsageError } from '../../../scripts/flags.ts';
import { measureLimits, measureLowRate } from './measure-limits.ts';
import { measureOutages } from './measure-outages.ts';
import { measureUnthrottled } from './measure-unthrottled.ts';

const PARTS = {
  'low-rate': measureLowRate,
  limits: measureLimits,
  outages: measureOutages,
  unthrottled: measureUnthrottled,
};

/** `npm run bench -- dispatch [--only PART]`: prints tables, to be read as ratios. */
export async function main(argv: string[]): Promise<number> {
  const flags = parseFlags(argv, { only: { type: 'string' } });
  const names = Object.keys(PARTS) as (keyof typeof PARTS)[];
  const chosen = names.filter((name) => !flags.only || name === flags.only);
  if (chosen.length === 0) throw new UsageError(`--only must be one of ${names.join(', ')}.`);
  for (const name of chosen) await PARTS[name]();
  return 0;
}
