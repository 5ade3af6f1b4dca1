import { parseFlags, UsageError } from '../../../scripts/flags.ts';
import { measureDamage } from './measure-damage.ts';
import { measureReading } from './measure-reading.ts';
import { measureShards } from './measure-shards.ts';
import { measureShare } from './measure-share.ts';

const PARTS = {
  reading: measureReading,
  shards: measureShards,
  share: measureShare,
  damage: measureDamage,
};

/** `npm run bench -- archive [--only PART]`: prints tables, to be read as ratios. */
export async function main(argv: string[]): Promise<number> {
  const flags = parseFlags(argv, { only: { type: 'string' } });
  const names = Object.keys(PARTS) as (keyof typeof PARTS)[];
  const chosen = names.filter((name) => !flags.only || name === flags.only);
  if (chosen.length === 0) throw new UsageError(`--only must be one of ${names.join(', ')}.`);
  for (const name of chosen) await PARTS[name]();
  return 0;
}
