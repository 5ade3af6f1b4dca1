import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  IncreaseStreamRetentionPeriodCommand,
  type KinesisClient,
  ResourceInUseException,
  ResourceNotFoundException,
  type StreamDescriptionSummary,
} from '@aws-sdk/client-kinesis';
import type { Clock } from '../ports.ts';

const POLL_MS = 50;
const ACTIVE_WITHIN_MS = 60_000;
const DEFAULT_RETENTION_HOURS = 24;

interface StreamSpec {
  name: string;
  shardCount: number;
  /** 24–8,760. Applied to a new stream only; 24 where absent. */
  retentionHours?: number;
}

/** What is there now; `openShards` differs from what was asked for where the stream existed with another count. */
interface EnsuredStream {
  created: boolean;
  openShards: number;
  retentionHours: number;
}

/**
 * Creates the stream unless it is there already, and waits until it is ACTIVE. A stream that exists is
 * left as it is, whatever its shard count. Meant for emulators: on AWS, Terraform owns the stream.
 */
export async function ensureStream(
  client: KinesisClient,
  spec: StreamSpec,
  clock: Clock,
): Promise<EnsuredStream> {
  const created = await createStream(client, spec);
  await untilActive(client, spec.name, clock);
  if (created && (spec.retentionHours ?? DEFAULT_RETENTION_HOURS) > DEFAULT_RETENTION_HOURS) {
    await client.send(
      new IncreaseStreamRetentionPeriodCommand({
        StreamName: spec.name,
        RetentionPeriodHours: spec.retentionHours,
      }),
    );
  }
  const active = await untilActive(client, spec.name, clock);
  return {
    created,
    openShards: active.OpenShardCount ?? 0,
    retentionHours: active.RetentionPeriodHours ?? DEFAULT_RETENTION_HOURS,
  };
}

async function createStream(client: KinesisClient, spec: StreamSpec): Promise<boolean> {
  try {
    await client.send(
      new CreateStreamCommand({ StreamName: spec.name, ShardCount: spec.shardCount }),
    );
    return true;
  } catch (error) {
    if (error instanceof ResourceInUseException) return false;
    throw error;
  }
}

async function untilActive(
  client: KinesisClient,
  name: string,
  clock: Clock,
): Promise<StreamDescriptionSummary> {
  const giveUpAtMs = clock.now() + ACTIVE_WITHIN_MS;
  for (;;) {
    const summary = await describe(client, name);
    if (summary?.StreamStatus === 'ACTIVE') return summary;
    if (clock.now() >= giveUpAtMs) {
      const status = summary?.StreamStatus ?? 'absent';
      throw new Error(`stream ${name} is still ${status} after ${ACTIVE_WITHIN_MS / 1000} s`);
    }
    await clock.sleep(POLL_MS);
  }
}

async function describe(
  client: KinesisClient,
  name: string,
): Promise<StreamDescriptionSummary | undefined> {
  try {
    const answer = await client.send(new DescribeStreamSummaryCommand({ StreamName: name }));
    return answer.StreamDescriptionSummary;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
