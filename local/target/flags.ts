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
  --outage-ms N             an outage of that length ...
  --outage-after-ms N       ... that begins N ms after the first call (default 0)
  --outage-mode MODE        503 (default), reset or hang
  --seed N                  seed of the random source (default 1)
  --allow-duplicates        create an item again when its id exists
  --help                    this text
`;

export type ParsedFlags =
  | { type: 'run'; options: TargetOptions }
  | { type: 'help' }
  | { type: 'bad'; problems: string[] };

const text = { type: 'string' } as const;
const flags = {
  port: text,
  database: text,
  'target-limit': text,
  'limit-algorithm': text,
  'error-share': text,
  'lost-response-share': text,
  'latency-ms': text,
  'latency-jitter-ms': text,
  'outage-ms': text,
  'outage-after-ms': text,
  'outage-mode': text,
  seed: text,
  'allow-duplicates': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type FlagValues = ReturnType<typeof parseArgs<{ options: typeof flags }>>['values'];

const flagOfField: Record<string, string> = {
  limitPerSecond: '--target-limit',
  limitAlgorithm: '--limit-algorithm',
  errorShare: '--error-share',
  lostResponseShare: '--lost-response-share',
  latencyMs: '--latency-ms',
  latencyJitterMs: '--latency-jitter-ms',
  'outage.durationMs': '--outage-ms',
  'outage.afterMs': '--outage-after-ms',
  'outage.mode': '--outage-mode',
  seed: '--seed',
};

/** Turns the command line into options, or names every problem by its flag. */
export function parseFlags(args: string[]): ParsedFlags {
  let values: FlagValues;
  try {
    ({ values } = parseArgs({ args, options: flags, strict: true }));
  } catch (error) {
    return { type: 'bad', problems: [(error as Error).message.split('\n', 1)[0] ?? ''] };
  }
  if (values.help) return { type: 'help' };
  const port = toNumber(values.port) ?? 4000;
  const checked = checkChange(defaultSettings, toSettings(values));
  const problems = checked.accepted
    ? []
    : checked.problems.map(({ field, message }) => `${flagOfField[field] ?? field} ${message}`);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    problems.push('--port must be a whole number from 0 to 65535');
  }
  if (values.database === '') problems.push('--database must name a file');
  if (!checked.accepted || problems.length > 0) return { type: 'bad', problems };
  const databasePath = values.database ?? ':memory:';
  return { type: 'run', options: { ...checked.change, port, databasePath } };
}

function toSettings(values: FlagValues): Record<string, unknown> {
  const outage = {
    durationMs: toNumber(values['outage-ms']),
    afterMs: toNumber(values['outage-after-ms']),
    mode: values['outage-mode'],
  };
  const settings = {
    limitPerSecond: toNumber(values['target-limit']),
    limitAlgorithm: values['limit-algorithm'],
    errorShare: toNumber(values['error-share']),
    lostResponseShare: toNumber(values['lost-response-share']),
    latencyMs: toNumber(values['latency-ms']),
    latencyJitterMs: toNumber(values['latency-jitter-ms']),
    outage: Object.values(outage).some((value) => value !== undefined) ? given(outage) : undefined,
    allowDuplicates: values['allow-duplicates'],
    seed: toNumber(values.seed),
  };
  return given(settings);
}

/** What was not given is absent, rather than undefined. */
function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Text that is no number becomes NaN, which no setting accepts. */
function toNumber(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  return value.trim() === '' ? Number.NaN : Number(value);
}
