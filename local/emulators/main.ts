/**
 * The AWS endpoints of the local run, in a process of their own: Kinesis, S3 with SQS, Secrets Manager and Timestream.
 *
 * Says `{"ready":true,"kinesis":url,"s3":url,"secretsManager":url,"timestream":url}` over IPC or else on stdout. Ends with 0 after closing
 * its stores when its parent goes away or, without one, on SIGTERM or SIGINT; with 2 and one line on stderr when it cannot start.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startKinesisEmulator } from '../kinesis/kinesis-emulator.ts';
import type {
  AppendedMessage,
  ConnectionCountAnswer,
  ConnectionCountRequest,
  ReadyMessage,
  StoredMessage,
} from './messages.ts';
import { startS3Emulator } from './s3-emulator.ts';
import { startSecretsManagerEmulator } from './secrets-manager-emulator.ts';
import { startTimestreamEmulator } from './timestream/timestream-emulator.ts';

const CANNOT_START = 2;

interface Flags {
  kinesisPort: number;
  s3Port: number;
  secretsManagerPort: number;
  timestreamPort: number;
  dataDir: string;
}

function readFlags(): Flags {
  const { values } = parseArgs({
    options: {
      'kinesis-port': { type: 'string', default: '0' },
      's3-port': { type: 'string', default: '0' },
      'secrets-manager-port': { type: 'string', default: '0' },
      'timestream-port': { type: 'string', default: '0' },
      'data-dir': { type: 'string' },
    },
  });
  const dataDir = values['data-dir'];
  if (!dataDir) throw new Error('--data-dir is missing: the folder that keeps the data');
  return {
    kinesisPort: readPort('--kinesis-port', values['kinesis-port']),
    s3Port: readPort('--s3-port', values['s3-port']),
    secretsManagerPort: readPort('--secrets-manager-port', values['secrets-manager-port']),
    timestreamPort: readPort('--timestream-port', values['timestream-port']),
    dataDir,
  };
}

function readPort(flag: string, text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new Error(`${flag} is ${text}, but must be 0 (any free port) to 65535`);
}

/** One line that says what to do about it. */
function explain(what: string, error: unknown): Error {
  const { code, port, message, cause } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return new Error(`${what}: port ${port} is already in use`);
  if (/\/LOCK\b/.test(message)) {
    return new Error(`${what}: another process uses its data folder (${message})`);
  }
  const reason = cause instanceof Error ? `${message} (${cause.message})` : message;
  return new Error(`${what}: ${reason}`.replaceAll(/\s*\n\s*/g, ' '));
}

async function start({ kinesisPort, s3Port, secretsManagerPort, timestreamPort, dataDir }: Flags) {
  const tell = createTeller();
  const kinesis = await startKinesisEmulator({
    port: kinesisPort,
    path: join(dataDir, 'journal'),
  }).catch((error: unknown) => {
    throw explain('the Kinesis emulator cannot start', error);
  });
  kinesis.onAppended(() => tell({ appended: true }));
  const onStored = (bucket: string) => tell({ stored: bucket });
  const s3 = await startS3Emulator({ port: s3Port, dataDir, onStored }).catch((error: unknown) => {
    throw explain('the S3 emulator cannot start', error);
  });
  const secretsManager = await startSecretsManagerEmulator({
    port: secretsManagerPort,
    path: join(dataDir, 'secrets-manager', 'secrets.json'),
  }).catch((error: unknown) => {
    throw explain('the Secrets Manager emulator cannot start', error);
  });
  const timestream = await startTimestreamEmulator({
    port: timestreamPort,
    path: join(dataDir, 'timestream.sqlite'),
  }).catch((error: unknown) => {
    throw explain('the Timestream emulator cannot start', error);
  });
  return { kinesis, s3, secretsManager, timestream };
}

/** Equal messages within this time are sent once. */
const TELL_WITHIN_MS = 5;

/** Returns a function that sends messages to the parent, if there is one. */
function createTeller(): (message: AppendedMessage | StoredMessage) => void {
  const waiting = new Set<string>();
  return (message) => {
    const text = JSON.stringify(message);
    if (waiting.has(text)) return;
    waiting.add(text);
    setTimeout(() => {
      waiting.delete(text);
      if (process.connected) process.send?.(message);
    }, TELL_WITHIN_MS);
  };
}

async function main(): Promise<void> {
  const { kinesis, s3, secretsManager, timestream } = await start(readFlags());

  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    await Promise.all([kinesis.close(), s3.close(), secretsManager.close(), timestream.close()]);
    process.exit(0);
  };
  // A terminal's Ctrl-C reaches every process of a local run; under a parent, the stores stay until it hangs up, since it
  // still has to flush into them.
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, process.send ? () => undefined : stop);
  process.on('disconnect', stop);
  process.on('message', ({ id }: ConnectionCountRequest) => {
    const answer: ConnectionCountAnswer = { id, connectionCount: kinesis.connectionCount() };
    process.send?.(answer);
  });

  const ready: ReadyMessage = {
    ready: true,
    kinesis: kinesis.url,
    s3: s3.url,
    secretsManager: secretsManager.url,
    timestream: timestream.url,
  };
  if (process.send) process.send(ready);
  else console.log(JSON.stringify(ready));
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exit(CANNOT_START);
});
