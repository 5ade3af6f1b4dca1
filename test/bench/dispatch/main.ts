import { runParts } from '../run-parts.ts';
import { measureAwsLike } from './measure-aws-like.ts';
import { measureLimits, measureLowRate } from './measure-limits.ts';
import { measureOutages } from './measure-outages.ts';
import { measureUnthrottled } from './measure-unthrottled.ts';

const PARTS = {
  'low-rate': measureLowRate,
  limits: measureLimits,
  outages: measureOutages,
  unthrottled: measureUnthrottled,
  'aws-like': measureAwsLike,
};

/** `npm run bench -- dispatch [--only PART]`: prints tables, to be read as ratios. */
export const main = (argv: string[]): Promise<number> => runParts(argv, PARTS);
