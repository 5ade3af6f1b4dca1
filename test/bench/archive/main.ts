import { runParts } from '../run-parts.ts';
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
export const main = (argv: string[]): Promise<number> => runParts(argv, PARTS);
