import { join, sep } from 'node:path';
import { writeAtomicallyWithin } from './atomic-writes.ts';
import { listenOnLoopbackOnly } from './loopback-only.ts';
import { refuseClimbingKeys } from './refuse-climbing-keys.ts';
import { repairObjects } from './repair-objects.ts';

export interface S3Emulator {
  /** Serves S3 and SQS. */
  url: string;
  close(): Promise<void>;
}

/**
 * S3 and SQS on 127.0.0.1. An object is the file `<dataDir>/s3/buckets/<bucket>/objects/<key>.data`, so that
 * other programs can read the archive where it lies; queues are in SQLite under `<dataDir>/sqs`.
 *
 * Changes the whole process: its servers listen on 127.0.0.1 only and refuse keys that climb out, its writes to that folder are atomic.
 */
export async function startS3Emulator(options: {
  port: number;
  dataDir: string;
  /** Called with the name of a bucket after each write into it. */
  onStored: (bucket: string) => void;
}): Promise<S3Emulator> {
  const s3StorageDir = join(options.dataDir, 's3');
  repairObjects(s3StorageDir);
  listenOnLoopbackOnly();
  refuseClimbingKeys();
  writeAtomicallyWithin(s3StorageDir, (path) => options.onStored(path.split(sep)[1] ?? ''));
  // Imported late, so that it sees what was changed above.
  const { startFauxqs } = await import('fauxqs');
  const server = await startFauxqs({
    port: options.port,
    logger: false,
    dataDir: join(options.dataDir, 'sqs'),
    s3StorageDir,
  });
  return { url: `http://127.0.0.1:${server.port}`, close: () => server.stop() };
}
