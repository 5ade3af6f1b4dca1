import { parseArgs } from 'node:util';
import { checkChange, defaultSettings } from './settings.ts';
import type { TargetOptions } from './start-target.ts';

export const targetUsage = `Usage: node local/target/main.ts [flags]

Runs the target application, a rate-limited GraphQL API, on 127.0.0.1.

  --port N                  port to listen on; 0 takes a free one (default 4000)
  --database FILE           SQLite file (default :memory:)
  --target-limit N          calls per second to /graphql (default: no limit)
  --limit-algorithm NAME    sliding-window (default), fixed-window or token-bucket
  --error-share S           share of calls, 0 to 1, that answer 500 and do nothing
  --lost-response-share S   share of calls that are carried out, then reset the connection
  --latency-ms N            delay of each call
  --latency-jitter-ms N     random delay on top, evenly from 0 to N
  --idle-reset-ms N         reset a connection at its next request after N ms idle
  --outage-ms N             an outage of that length ...
  --outage-after-ms N       ... that begins N ms after the first call (default 0)
  --outage-mode MODE        503 (default), reset or hang
  --seed N                  seed of the random source (default 1)
  --allow-duplicates        create an item again when its id exists
  --help                    this text
`;

type ParsedFlags =
  | { type: 'run'; options: TargetOptions }
  | { type: 'help' }
  | { type: 'bad'; problems: string[] };

/** The setting that each flag gives. */
const FIELD_OF_FLAG: Record<string, string> = {
  'target-limit': 'limitPerSecond',
  'limit-algorithm': 'limitAlgorithm',
  'error-share': 'errorShare',
  'lost-response-share': 'lostResponseShare',
  'latency-ms': 'latencyMs',
  'latency-jitter-ms': 'latencyJitterMs',
  'idle-reset-ms': 'idleResetMs',
  'outage-ms': 'outage.durationMs',
  'outage-after-ms': 'outage.afterMs',
  'outage-mode': 'outage.mode',
  seed: 'seed',
};

/** Flags whose value is a word; the others are numbers. */
const WORDS = new Set(['limit-algorithm', 'outage-mode']);

const TEXT = { type: 'string' } as const;
const FLAGS = {
  port: TEXT,
  database: TEXT,
  'allow-duplicates': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;
const ALL_FLAGS = {
  ...Object.fromEntries(Object.keys(FIELD_OF_FLAG).map((flag) => [flag, TEXT])),
  ...FLAGS,
};

type FlagValues = ReturnType<typeof parseArgs<{ options: typeof FLAGS }>>['values'];

/** Turns the command line into options, or names every problem by its flag. */
export function parseFlags(args: string[]): ParsedFlags {
  let values: FlagValues;
  try {
    ({ values } = parseArgs({ args, options: ALL_FLAGS, strict: true }));
  } catch (error) {
    return { type: 'bad', problems: [(error as Error).message.split('\n', 1)[0] ?? ''] };
  }
  if (values.help) return { type: 'help' };
  const port = toNumber(values.port ?? '4000');
  const checked = checkChange(defaultSettings, toSettings(values));
  const problems = checked.accepted
    ? []
    : checked.problems.map(({ field, message }) => `${flagOf(field)} ${message}`);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    problems.push('--port must be a whole number from 0 to 65535');
  }
  if (values.database === '') problems.push('--database must name a file');
  if (!checked.accepted || problems.length > 0) return { type: 'bad', problems };
  const databasePath = values.database ?? ':memory:';
  return { type: 'run', options: { ...checked.change, port, databasePath } };
}

function flagOf(field: string): string {
  const found = Object.entries(FIELD_OF_FLAG).find(([, candidate]) => candidate === field);
  return found ? `--${found[0]}` : field;
}

function toSettings(values: FlagValues): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  const outage: Record<string, unknown> = {};
  for (const [flag, field] of Object.entries(FIELD_OF_FLAG)) {
    const text = (values as Record<string, string | undefined>)[flag];
    if (text === undefined) continue;
    const value = WORDS.has(flag) ? text : toNumber(text);
    if (field.startsWith('outage.')) outage[field.slice('outage.'.length)] = value;
    else settings[field] = value;
  }
  if (Object.keys(outage).length > 0) settings.outage = outage;
  if (values['allow-duplicates']) settings.allowDuplicates = true;
  return settings;
}

/** Text that is no number becomes NaN, which no setting accepts. */
function toNumber(value: string): number {
  return value.trim() === '' ? Number.NaN : Number(value);
}
