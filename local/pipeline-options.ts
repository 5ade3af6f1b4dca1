import { DEFAULT_DATA_DIR } from '../scripts/endpoints.ts';
import { integerFlag, numberFlag, parseFlags, UsageError, urlFlag } from '../scripts/flags.ts';

/** Addresses of the emulators. */
export interface AwsEndpoints {
  kinesisUrl: string;
  s3Url: string;
}

/** The differences of a local run from the settings file. */
export interface PipelineOptions {
  /** First of the ports; 0 takes free ones. */
  basePort: number;
  /** The address that the API listens on; absent: 127.0.0.1, which only this machine reaches. */
  host?: string;
  /** GraphQL endpoint of an external target, instead of the target application of the local run. */
  targetUrl?: string;
  /** Folder of the target contract; absent: the default one. */
  targetContract?: string;
  /** A file with the target's credential, as its secret holds it on AWS; absent for a target that wants none. */
  targetCredentialFile?: string;
  /** OTLP endpoint to which spans are exported; absent for none. */
  otlpUrl?: string;
  /** A file with the headers of those requests, as their secret holds them on AWS; absent for none. */
  otlpHeadersFile?: string;
  /** The target's allowed events per second; absent: as in the settings file. */
  ratePerSecond?: number;
  shards?: number;
  dataDir: string;
  /** In place of the settings file that AWS and the local run share. */
  settingsFile?: string;
  apiKey: string;
  /** The longest that facts wait for others before they are archived; absent: 10. */
  archiveSeconds?: number;
  /** Interval of `recover` by its schedule; absent: as in the settings file. */
  recoverSeconds?: number;
  /** Further flags of the target application, such as `--error-share=0.05`. */
  targetFlags: string[];
  /** Environments of ingest at once; absent: one for each processor, 2 to 4. On AWS there are as many as there are requests. */
  ingestEnvironments?: number;
  /** Behaves like AWS where the local run is more comfortable: see `START_USAGE`. */
  isAwsLike?: boolean;
  /** Returns true while spilled events may be recovered; absent: always. */
  mayRecover?: () => boolean;
  /** Replaces the addresses of AWS for ingest, for tests that put something in between. */
  ingestEndpoints?: (real: AwsEndpoints) => Promise<AwsEndpoints>;
  /** Called with each line that a person who watches should know. */
  onNotice?: (line: string) => void;
}

export const DEFAULT_API_KEY = 'local-secret';

const text = { type: 'string' } as const;

const FLAGS = {
  'base-port': text,
  host: text,
  'target-url': text,
  'target-contract': text,
  'target-credential': text,
  'otlp-endpoint': text,
  'otlp-headers': text,
  rate: text,
  shards: text,
  'data-dir': text,
  settings: text,
  'api-key': text,
  'archive-seconds': text,
  'recover-seconds': text,
  'target-limit': text,
  'target-limit-algorithm': text,
  'target-error-share': text,
  'target-lost-response-share': text,
  'target-latency-ms': text,
  'target-latency-jitter-ms': text,
  'target-idle-reset-ms': text,
  'target-outage-after-ms': text,
  'target-outage-ms': text,
  'target-outage-mode': text,
  'target-allow-duplicates': { type: 'boolean' },
  'aws-like': { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type Flags = ReturnType<typeof parseFlags<typeof FLAGS>>;

export const START_USAGE = `Usage: npm start -- [flags]

Runs the whole pipeline on this machine until Ctrl-C.

  --base-port N               API at N, target at N+1, console at N+2, Kinesis at N+3, S3 at N+4,
                              Secrets Manager at N+5, Timestream at N+6, Lambda at N+7,
                              DynamoDB at N+8; 0 takes free ports (default 4000)
  --host ADDRESS              the API listens on it, for senders in containers or on other machines; 0.0.0.0 for all
                              (default 127.0.0.1: this machine only). All else stays on 127.0.0.1
  --target-url URL            deliver to this GraphQL endpoint instead of the target application here
  --target-contract DIR       folder that describes the target's API (default: target/)
  --target-credential FILE    what the target wants to know us by, as JSON like that of the secret on AWS:
                              {"headers": {"authorization": "Bearer …"}}; read again when it changes
  --otlp-endpoint URL         export the spans of each event to this collector, such as http://127.0.0.1:4318
  --otlp-headers FILE         headers of those requests, as JSON: {"headers": {"authorization": "Bearer …"}}; read again
                              when it changes
  --rate N                    events per second that the target allows (default: the settings file's)
  --shards N                  shards of a new journal stream (default: the settings file's)
  --data-dir DIR              where everything is kept (default ${DEFAULT_DATA_DIR})
  --settings FILE             read the settings from this file (default: terraform/pipeline.auto.tfvars.json)
  --api-key KEY               the key that POST /events wants in x-api-key (default ${DEFAULT_API_KEY})
  --archive-seconds N         how long facts wait to be archived together (default 10)
  --recover-seconds N         how often parked events that are due are released (default: the settings file's
                              recover_schedule_minutes)
  --aws-like                  behave like AWS where the local run is more comfortable: environments freeze between
                              invocations, each invocation gets any free one (dispatch has two more than lanes), and
                              their clocks differ by up to 2 ms; shards give 5 reads and 2 MiB a second, and a page
                              of the journal is empty now and then; dispatch looks for events once a second; the
                              target application resets connections that were idle for 10 s
  --json                      print one line of JSON when everything answers

The target application here, and what it can be made to do wrong:
  --target-limit N            calls per second that it admits; 0 for no limit (default: as --rate)
  --target-limit-algorithm A  sliding-window (default), fixed-window or token-bucket
  --target-error-share S      share of calls, 0 to 1, that fail with status 500
  --target-lost-response-share S  share of calls that are carried out but never answered
  --target-latency-ms N       how long every call takes, and --target-latency-jitter-ms N at random on top
  --target-idle-reset-ms N    reset a connection at its next request after N ms idle
  --target-outage-ms N        an outage of that length, --target-outage-after-ms N after the first call,
  --target-outage-mode M      503 (default), reset or hang
  --target-allow-duplicates   create an item again when its id exists
`;

/** Reads the flags of `npm start`; a {@link UsageError} says what is wrong with them. */
export function readStartFlags(
  argv: string[],
): { help: true } | { help: false; json: boolean; options: PipelineOptions } {
  const flags = parseFlags(argv, FLAGS);
  if (flags.help) return { help: true };
  const rate = numberFlag('rate', flags.rate, { min: 0.01, max: 100_000, fallback: 0 });
  const recover = numberFlag('recover-seconds', flags['recover-seconds'], {
    ...{ min: 0.1, max: 3600, fallback: 0 },
  });
  const shards = integerFlag('shards', flags.shards, { min: 1, max: 50, fallback: 0 });
  const options: PipelineOptions = {
    basePort: integerFlag('base-port', flags['base-port'], { min: 0, max: 65_530, fallback: 4000 }),
    dataDir: notEmpty('data-dir', flags['data-dir'] ?? DEFAULT_DATA_DIR),
    apiKey: notEmpty('api-key', flags['api-key'] ?? DEFAULT_API_KEY),
    archiveSeconds: integerFlag('archive-seconds', flags['archive-seconds'], {
      min: 0,
      max: 900,
      fallback: 10,
    }),
    targetFlags: targetFlagsOf(flags),
    ...(flags.host === undefined ? {} : { host: notEmpty('host', flags.host) }),
    ...(rate ? { ratePerSecond: rate } : {}),
    ...(shards ? { shards } : {}),
    ...(recover ? { recoverSeconds: recover } : {}),
    ...(flags['aws-like'] ? { isAwsLike: true } : {}),
    ...(flags.settings ? { settingsFile: flags.settings } : {}),
    ...(flags['target-contract'] === undefined
      ? {}
      : { targetContract: notEmpty('target-contract', flags['target-contract']) }),
    ...(flags['target-credential'] === undefined
      ? {}
      : { targetCredentialFile: notEmpty('target-credential', flags['target-credential']) }),
    ...otlpOptions(flags),
    ...(flags['target-url'] ? { targetUrl: urlFlag('target-url', flags['target-url']) } : {}),
  };
  if (options.targetUrl && options.targetFlags.length > 0)
    throw new UsageError(
      '--target-url names an external target: of the other --target-… flags only --target-credential applies to it.',
    );
  return { help: false, json: flags.json ?? false, options };
}

function otlpOptions(flags: Flags): Pick<PipelineOptions, 'otlpUrl' | 'otlpHeadersFile'> {
  const { 'otlp-endpoint': url, 'otlp-headers': file } = flags;
  if (url === undefined && file !== undefined)
    throw new UsageError('--otlp-headers needs --otlp-endpoint: without one, no request is made.');
  return {
    ...(url === undefined ? {} : { otlpUrl: urlFlag('otlp-endpoint', url) }),
    ...(file === undefined ? {} : { otlpHeadersFile: notEmpty('otlp-headers', file) }),
  };
}

function notEmpty(name: string, value: string): string {
  if (value.trim() === '') throw new UsageError(`--${name} must not be empty.`);
  return value;
}

/** Flags that are not of the target application here. */
const OF_ANY_TARGET = new Set(['target-url', 'target-contract', 'target-credential']);

/** `--target-limit` is the target application's own name of that flag; it knows the others without the prefix. */
function targetFlagsOf(flags: Flags): string[] {
  return Object.entries(flags)
    .filter(([name]) => name.startsWith('target-') && !OF_ANY_TARGET.has(name))
    .map(([name, value]) => {
      const own = name === 'target-limit' ? name : name.slice('target-'.length);
      return value === true ? `--${own}` : `--${own}=${value}`;
    });
}
