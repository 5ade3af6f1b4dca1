import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createKinesisClient } from '../../../lib/aws/kinesis-client.ts';
import { createS3Client } from '../../../lib/aws/s3-client.ts';
import { type Emulators, startEmulators } from '../../../local/emulators/start-emulators.ts';

export const IDENTITY = {
  region: 'eu-west-2',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
};

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'emulators-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Emulators on free ports for all tests of a file, in a folder of their own; `end` removes both. */
export async function startSharedEmulators(): Promise<{
  emulators: Emulators;
  end: () => Promise<void>;
}> {
  const dataDir = await mkdtemp(join(tmpdir(), 'emulators-'));
  const emulators = await startEmulators({ kinesisPort: 0, s3Port: 0, dataDir });
  return {
    emulators,
    end: async () => {
      await emulators.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Emulators on free ports, stopped when the test ends. */
export async function startTestEmulators(dataDir: string): Promise<Emulators> {
  const emulators = await startEmulators({ kinesisPort: 0, s3Port: 0, dataDir });
  onTestFinished(() => emulators.stop());
  return emulators;
}

export function clientsOf({ kinesisUrl, s3Url }: Pick<Emulators, 'kinesisUrl' | 's3Url'>) {
  return {
    kinesis: createKinesisClient({ endpoint: kinesisUrl, identity: IDENTITY, maxAttempts: 1 }),
    s3: createS3Client({ endpoint: s3Url, identity: IDENTITY }),
  };
}

class KinesisRefusal extends Error {}

/** Calls Kinesis without the SDK; rejects with a `KinesisRefusal` that names the exception. */
export async function callKinesis<Answer>(
  kinesisUrl: string,
  operation: string,
  input: object,
  signal?: AbortSignal,
): Promise<Answer> {
  const response = await fetch(kinesisUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `Kinesis_20131202.${operation}`,
      'x-amz-date': '20260101T000000Z',
      authorization: 'AWS4-HMAC-SHA256 Credential=local, SignedHeaders=host, Signature=none',
    },
    body: JSON.stringify(input),
    ...(signal ? { signal } : {}),
  });
  const text = await response.text();
  const answer = text === '' ? {} : JSON.parse(text);
  if (!response.ok) throw new KinesisRefusal(`${answer.__type}: ${answer.message}`);
  return answer;
}

/** Appends one record, returning where it went. */
export function putRecord(
  kinesisUrl: string,
  record: { stream: string; text: string; hashKey?: string },
): Promise<{ ShardId: string; SequenceNumber: string }> {
  return callKinesis(kinesisUrl, 'PutRecord', {
    StreamName: record.stream,
    PartitionKey: record.text.slice(0, 100),
    Data: Buffer.from(record.text).toString('base64'),
    ...(record.hashKey === undefined ? {} : { ExplicitHashKey: record.hashKey }),
  });
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
