import type { ObjectStore, ObjectVersions } from '../../lib/object-store.ts';
import type {
  DispatchControl,
  DispatchPositions,
  EventFacts,
  Journal,
  KnownReceipts,
  RunLock,
  ScheduleReader,
  StatusTable,
  StatusWriter,
  StreamReader,
} from '../../lib/ports.ts';
import type { FactStores } from '../../lib/replay/audit-sources.ts';
import { shellQuoted } from '../../lib/safe-text.ts';
import type { PipelineSettings } from '../../lib/settings.ts';
import { DEFAULT_DATA_DIR } from '../endpoints.ts';
import { UsageError } from '../flags.ts';
import { openAwsStack } from './aws-stack.ts';
import { openLocalStack } from './local-stack.ts';

/** One pipeline, on AWS or on this machine, as the operator's commands see it. */
export interface Stack extends FactStores {
  /** For people. */
  name: string;
  /** Tells one pipeline from another. */
  id: string;
  /** True of a run on this machine. */
  isLocal: boolean;
  archive: ObjectStore;
  /** The versions in the archive's bucket; absent for a local run, whose S3 keeps none. */
  versions?: ObjectVersions | undefined;
  /** The target's GraphQL endpoint; absent where only dispatch knows it. */
  targetUrl?: string | undefined;
  failures: ObjectStore;
  settings: PipelineSettings;
  /** The status table; absent where the pipeline has none, and while a local one is stopped. */
  status: EventFacts | undefined;
  /** The flags that name this stack; none for the default. */
  flags: readonly string[];
  /** What only a running pipeline has; a local one can be read while it is stopped. */
  live: LiveStack | undefined;
  close(): void;
}

export interface LiveStack {
  /** Reads the journal. */
  reader: StreamReader;
  journal: Journal;
  dispatch: DispatchControl;
  /** The progress of dispatch in each shard. */
  positions: DispatchPositions;
  /** The state of the start schedule. */
  schedule: ScheduleReader;
  /** Lets one replay append at a time. */
  replayLock: RunLock;
  /** The status table; absent where there is none. */
  statusTable: StatusTable | undefined;
  /** The receipts that the status table holds; absent where there is none. */
  receipts: KnownReceipts | undefined;
  /** Timestream; absent where nothing is written to it. */
  timestream: StatusWriter | undefined;
}

/** The flags by which every command of the operator finds its pipeline. */
export const STACK_FLAGS = {
  'data-dir': { type: 'string' },
  stack: { type: 'string' },
} as const;

export const STACK_USAGE = `  --data-dir DIR    data folder of a local run (default ${DEFAULT_DATA_DIR})
  --stack WHERE     a pipeline on AWS: a file with the output of terraform output -json, or the Terraform folder`;

/** Opens the pipeline that the flags name; a {@link UsageError} says what to do where there is none. */
export function openStack(flags: {
  'data-dir'?: string | undefined;
  stack?: string | undefined;
}): Promise<Stack> {
  const { 'data-dir': dataDir, stack } = flags;
  if (dataDir !== undefined && stack !== undefined)
    throw new UsageError('--data-dir names a local run and --stack one on AWS: give one of them.');
  return stack === undefined ? openLocalStack(dataDir ?? DEFAULT_DATA_DIR) : openAwsStack(stack);
}

/** What a command needs that cannot do without a running pipeline. */
export function requireLive({ live, name }: Stack): LiveStack {
  if (live) return live;
  throw new UsageError(`${name} is not running, and this needs it: start it with npm start.`);
}

/** A command for the same stack, quoted for a shell: what is copied and pasted does what it says. Pure. */
export function commandLine(
  { flags }: Pick<Stack, 'flags'>,
  command: string,
  args: readonly string[] = [],
): string {
  // What follows `--` is no flag any more.
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const all = [...args.slice(0, end), ...flags, ...args.slice(end)].map(shellQuoted);
  return ['npm run', command, ...(all.length > 0 ? ['--', ...all] : [])].join(' ');
}
