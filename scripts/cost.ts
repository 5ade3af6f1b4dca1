import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPipelineSettings } from '../lib/settings.ts';
import { ratePerSecondOf } from '../lib/target-limit.ts';
import { withCostDocs } from './cost/docs-block.ts';
import { estimate } from './cost/estimate.ts';
import { PRICES_AS_OF, REGION } from './cost/prices.ts';
import { printedEstimate } from './cost/print.ts';
import type { Options, Workload } from './cost/workload.ts';
import { exitCodeOf, integerFlag, isHelp, numberFlag, parseFlags, UsageError } from './flags.ts';
import { print, printJson } from './output.ts';
import { SETTINGS_FILE } from './settings-file.ts';

const FLAGS = {
  'events-per-day': { type: 'string' },
  rate: { type: 'string' },
  'event-bytes': { type: 'string' },
  'on-demand': { type: 'boolean' },
  'status-table': { type: 'string' },
  timestream: { type: 'boolean' },
  'write-docs': { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

const USAGE = `Usage: npm run cost -- --events-per-day N [flags]

Estimates a month's bill on AWS: this system, a table with a queue, and an event bus, service by service, and what stops
each. Says first whether the target's rate allows so many events at all. Memory, batches and buffers are those of
terraform/pipeline.auto.tfvars.json; prices and assumptions are in docs/cost.md.

  --events-per-day N  accepted events a day
  --rate R            events a second that the target allows (default: as target_limit gives)
  --event-bytes B     size of an event's JSON (default: 500)
  --on-demand         the journal as an on-demand stream
  --status-table W    all, problems or off (default: as the settings say)
  --timestream        with Timestream
  --json              one line of JSON
  --write-docs        write the tables of docs/cost.md anew instead

Exit codes: 0 the target takes them all, 1 more arrive than it takes, 2 wrong usage.`;

const DOCS = join(import.meta.dirname, '../docs/cost.md');

/** `npm run cost`: what a month costs. Exit code 1 when the target cannot take that many events. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const flags = parseFlags(argv, FLAGS);
    const settings = await readPipelineSettings(SETTINGS_FILE);
    if (flags['write-docs']) {
      await writeFile(DOCS, withCostDocs(await readFile(DOCS, 'utf8'), settings));
      print(DOCS);
      return 0;
    }
    const result = estimate(readWorkload(flags, ratePerSecondOf(settings.target_limit)), settings, {
      streamMode: flags['on-demand'] ? 'ON_DEMAND' : 'PROVISIONED',
      statusTable: statusTableOf(flags['status-table'] ?? settings.status_table),
      timestream: flags.timestream ?? settings.timestream_enabled,
    });
    const prices = { region: REGION, pricesAsOf: PRICES_AS_OF };
    if (flags.json) printJson({ ...prices, ...result });
    else print(printedEstimate(result));
    return result.target.isExceeded ? 1 : 0;
  });
}

function statusTableOf(text: string): Options['statusTable'] {
  if (text === 'all' || text === 'problems' || text === 'off') return text;
  throw new UsageError(`--status-table must be all, problems or off, not ${text}.`);
}

function readWorkload(
  flags: { 'events-per-day'?: string; rate?: string; 'event-bytes'?: string },
  rate: number,
): Workload {
  if (flags['events-per-day'] === undefined)
    throw new UsageError('Say how many events a day: npm run cost -- --events-per-day N [flags]');
  const number = (name: 'events-per-day' | 'rate', min: number, max: number, fallback: number) =>
    numberFlag(name, flags[name], { min, max, fallback });
  return {
    eventsPerDay: number('events-per-day', 1, 1e12, 1),
    ratePerSecond: number('rate', 0.01, 100_000, rate),
    eventBytes: integerFlag('event-bytes', flags['event-bytes'], {
      min: 2,
      max: 262_144,
      fallback: 500,
    }),
  };
}
