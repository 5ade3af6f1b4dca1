import { type AwsJsonServer, startAwsJsonServer } from '../emulators/aws-json-server.ts';
import { lockFolder } from './folder-lock.ts';
import { createKinesisApi } from './kinesis-api.ts';
import { Streams } from './streams.ts';

interface KinesisEmulator extends AwsJsonServer {
  /** Calls back after each record that was appended. */
  onAppended(tell: () => void): void;
}

/**
 * Kinesis Data Streams on 127.0.0.1, its records in an append-only log in the folder `path`. It is the journal of the local run, and has
 * the operations that this project, the AWS CLI and Terraform use; enhanced fan-out and encryption are left out.
 * What a kill and what a power cut leave of it, {@link AppendLog} says.
 *
 * @param options.hasLimits shards take and give no more than those of AWS
 * @param options.emptyPageEvery one of so many reads that would return records returns none, though there are some; absent: none
 */
export async function startKinesisEmulator(options: {
  port: number;
  path: string;
  hasLimits?: boolean;
  emptyPageEvery?: number | undefined;
}): Promise<KinesisEmulator> {
  const unlock = await lockFolder(options.path);
  const streams = new Streams(options.path);
  const { hasLimits = false, emptyPageEvery } = options;
  const call = createKinesisApi(streams, { hasLimits, emptyPageEvery });
  const server = await startAwsJsonServer({
    port: options.port,
    service: 'Kinesis_20131202',
    version: '1.1',
    call: (operation, input) => call(operation, Object(input)),
  });
  return {
    ...server,
    onAppended: (tell) => streams.onAppended(tell),
    async close() {
      await server.close();
      streams.close();
      unlock();
    },
  };
}
