/**
 * The AWS endpoints of the local run, in a process of their own. A request to them costs the pipeline's own process no time, and a kill of either leaves
 * the other.
 *
 * - Kinesis (`local/kinesis/`): the journal.
 * - DynamoDB (`local/dynamodb/`): start times, notes of what is sent, run locks, and the status table.
 * - S3, with SQS for its notifications: the archive, the spill bucket with its parked events, and the failures.
 * - Secrets Manager: API keys, and the target's credential.
 * - Timestream: the optional second projection, for writing only.
 *
 * Says `{"ready":true,"kinesis":url,"s3":url,"secretsManager":url,"timestream":url,"dynamoDb":url}` over IPC or else on stdout. Ends with
 * 0 after closing its stores when its parent goes away or, without one, on SIGTERM or SIGINT; with 2 and one line on stderr when it cannot start.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startDynamoDbEmulator } from '../dynamodb/dynamodb-emulator.ts';
import { startKinesisEmulator } from '../kinesis/kinesis-emulator.ts';
import { startS3Emulator } from './s3-emulator.ts';
import { startSecretsManagerEmulator } from './secrets-manager-emulator.ts';
import type { Announcement, ReadyMessage } from './start-emulators.ts';
import { startTimestreamEmulator } from './timestream/timestream-emulator.ts';

const CANNOT_START = 2;

/** Equal announcements within this time are sent once. */
const ANNOUNCE_WITHIN_MS = 5;

/** GetRecords of AWS returns a page without records now and then, though there are some; how often is undocumented. */
const EMPTY_PAGE_EVERY = 10;

const PORT = { type: 'string', default: '0' } as const;

function readFlags() {
  const { values } = parseArgs({
    options: {
      'kinesis-port': PORT,
      's3-port': PORT,
      'secrets-manager-port': PORT,
      'timestream-port': PORT,
      'dynamodb-port': PORT,
      'data-dir': { type: 'string' },
      'aws-like': { type: 'boolean', default: false },
    },
  });
  const { 'data-dir': dataDir, 'aws-like': isAwsLike, ...ports } = values;
  if (!dataDir) throw new Error('--data-dir is missing: the folder that keeps the data');
  const portOf = (flag: keyof typeof ports) => {
    const port = Number(ports[flag]);
    if (/^\d+$/.test(ports[flag]) && port <= 65_535) return port;
    throw new Error(`--${flag} is ${ports[flag]}, but must be 0 (any free port) to 65535`);
  };
  return { dataDir, portOf, isAwsLike };
}

/** Returns the failure to start a service as one line that says what to do about it. */
function explain(service: string, error: unknown): Error {
  const { code, port, message, cause } = error as NodeJS.ErrnoException & { port?: number };
  const what = `the ${service} emulator cannot start`;
  if (code === 'EADDRINUSE') return new Error(`${what}: port ${port} is already in use`);
  const reason = cause instanceof Error ? `${message} (${cause.message})` : message;
  return new Error(`${what}: ${reason}`.replaceAll(/\s*\n\s*/g, ' '));
}

async function start({ dataDir, portOf, isAwsLike }: ReturnType<typeof readFlags>) {
  const announce = createAnnouncer();
  const begin = <Emulator>(service: string, starting: Promise<Emulator>): Promise<Emulator> =>
    starting.catch((error: unknown) => {
      throw explain(service, error);
    });
  const kinesis = await begin(
    'Kinesis',
    startKinesisEmulator({
      port: portOf('kinesis-port'),
      path: join(dataDir, 'journal'),
      ...(isAwsLike ? { hasLimits: true, emptyPageEvery: EMPTY_PAGE_EVERY } : {}),
    }),
  );
  kinesis.onAppended(() => announce({ appended: true }));
  const onStored = (bucket: string) => announce({ stored: bucket });
  const s3 = await begin('S3', startS3Emulator({ port: portOf('s3-port'), dataDir, onStored }));
  const secretsPath = join(dataDir, 'secrets-manager', 'secrets.json');
  const secretsManager = await begin(
    'Secrets Manager',
    startSecretsManagerEmulator({ port: portOf('secrets-manager-port'), path: secretsPath }),
  );
  const statusPath = join(dataDir, 'timestream.sqlite');
  const timestream = await begin(
    'Timestream',
    startTimestreamEmulator({ port: portOf('timestream-port'), path: statusPath }),
  );
  const tablesPath = join(dataDir, 'dynamodb.sqlite');
  const dynamoDb = await begin(
    'DynamoDB',
    startDynamoDbEmulator({ port: portOf('dynamodb-port'), path: tablesPath }),
  );
  return { kinesis, s3, secretsManager, timestream, dynamoDb };
}

/** Returns a function that sends announcements to the parent, if there is one. */
function createAnnouncer(): (announcement: Announcement) => void {
  const waiting = new Set<string>();
  return (announcement) => {
    const text = JSON.stringify(announcement);
    if (waiting.has(text)) return;
    waiting.add(text);
    setTimeout(() => {
      waiting.delete(text);
      if (process.connected) process.send?.(announcement);
    }, ANNOUNCE_WITHIN_MS);
  };
}

async function main(): Promise<void> {
  const { kinesis, s3, secretsManager, timestream, dynamoDb } = await start(readFlags());

  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    await Promise.all([
      // In this order: the next process that uses the folder waits for the journal's lock.
      dynamoDb.close().then(() => kinesis.close()),
      s3.close(),
      secretsManager.close(),
      timestream.close(),
    ]);
    process.exit(0);
  };
  // A terminal's Ctrl-C reaches every process of a local run; under a parent, the stores stay until it hangs up, since it
  // still has to flush into them.
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, process.send ? () => undefined : stop);
  process.on('disconnect', stop);

  const ready: ReadyMessage = {
    ready: true,
    kinesis: kinesis.url,
    s3: s3.url,
    secretsManager: secretsManager.url,
    timestream: timestream.url,
    dynamoDb: dynamoDb.url,
  };
  if (process.send) process.send(ready);
  else console.log(JSON.stringify(ready));
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exit(CANNOT_START);
});
