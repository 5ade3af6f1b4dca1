import { runParts } from '../run-parts.ts';
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
export const main = (argv: string[]): Promise<number> => runParts(argv, PARTS);
