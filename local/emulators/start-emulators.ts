import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Bell } from '../bell.ts';
import { type ServiceExit, startChildService } from '../child-service.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

/** The child's first message, once its endpoints accept requests. */
export interface ReadyMessage {
  ready: true;
  kinesis: string;
  s3: string;
  secretsManager: string;
  timestream: string;
  dynamoDb: string;
}

/** A later message of the child: records were appended to a stream, or something was written into a bucket. */
export type Announcement = { appended: true } | { stored: string };

export interface Emulators {
  kinesisUrl: string;
  /** Serves S3 and SQS. */
  s3Url: string;
  secretsManagerUrl: string;
  timestreamUrl: string;
  dynamoDbUrl: string;
  pid: number;
  /** Rings at appends to streams. */
  appends: Bell;
  /** Rings when something is written into a bucket. */
  storedIn(bucket: string): Bell;
  /** Closes the stores and ends the process. May be called again, and after the process has ended. */
  stop(): Promise<void>;
  /** Never rejects; resolves however the process ends. */
  exited: Promise<ServiceExit>;
}

/**
 * Starts Kinesis, S3 (with SQS), Secrets Manager, Timestream and DynamoDB on 127.0.0.1, in a process of their own that keeps its data in `dataDir` and ends
 * with this one. Port 0 means any free port. Rejects with one clear line when they cannot start.
 */
export async function startEmulators(options: {
  kinesisPort: number;
  s3Port: number;
  /** Any free one unless given. */
  secretsManagerPort?: number;
  timestreamPort?: number;
  dynamoDbPort?: number;
  dataDir: string;
  /** Holds the shards of Kinesis to the limits of AWS, and returns an empty page now and then. */
  isAwsLike?: boolean | undefined;
}): Promise<Emulators> {
  const service = await startChildService<ReadyMessage>(MAIN, [
    `--kinesis-port=${options.kinesisPort}`,
    `--s3-port=${options.s3Port}`,
    `--secrets-manager-port=${options.secretsManagerPort ?? 0}`,
    `--timestream-port=${options.timestreamPort ?? 0}`,
    `--dynamodb-port=${options.dynamoDbPort ?? 0}`,
    `--data-dir=${options.dataDir}`,
    ...(options.isAwsLike ? ['--aws-like'] : []),
  ]);
  const { ready, pid, child, exited, stop } = service;
  return {
    kinesisUrl: ready.kinesis,
    s3Url: ready.s3,
    secretsManagerUrl: ready.secretsManager,
    timestreamUrl: ready.timestream,
    dynamoDbUrl: ready.dynamoDb,
    pid,
    appends: bellFor(child, (message) => 'appended' in message),
    storedIn: (bucket) =>
      bellFor(child, (message) => 'stored' in message && message.stored === bucket),
    stop,
    exited,
  };
}

function bellFor(child: ChildProcess, rings: (message: Announcement) => boolean): Bell {
  const bell = new Bell();
  child.on('message', (message: Announcement) => {
    if (rings(message)) bell.ring();
  });
  return bell;
}
