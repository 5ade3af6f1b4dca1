import type { PipelineSettings } from '../../lib/settings.ts';
import { assumed, DEPLOYED, KB, MB } from './assumptions.ts';
import { MESSAGES_PER_BATCH } from './table-design.ts';
import {
  type Options,
  readersOf,
  SHARD_RECORDS_PER_SECOND,
  shardsText,
  type Traffic,
} from './workload.ts';

/** A quota or setting, as the events per second that it lets through. */
export interface Limit {
  name: string;
  eventsPerSecond: number;
  /** What moves it; `null` if nothing does. */
  raisedBy: string | null;
}

/** Default quotas of an account in us-east-1; docs/cost.md names the pages. */
const QUOTAS = {
  httpApiPerSecond: 10_000,
  lambdaConcurrency: 1000,
  kinesisShards: 20_000,
  onDemandRecordsPerSecond: 200_000,
  onDemandBytesPerSecond: 200 * MB,
  dynamoWriteUnitsPerSecond: 40_000,
  dynamoPartitionWriteUnitsPerSecond: 1000,
  sqsInFlight: 120_000,
  putEventsPerSecond: 10_000,
  busInvocationsPerSecond: 18_750,
  apiDestinationPerSecond: 300,
};

const QUOTA = 'a higher quota';

const httpApi: Limit = {
  name: 'HTTP API, requests of an account',
  eventsPerSecond: QUOTAS.httpApiPerSecond,
  raisedBy: QUOTA,
};

const target = ({ ratePerSecond }: Traffic): Limit => ({
  name: 'the target',
  eventsPerSecond: ratePerSecond,
  raisedBy: null,
});

const ingestConcurrency: Limit = {
  name: 'Lambda, concurrent environments of an account',
  eventsPerSecond: QUOTAS.lambdaConcurrency / (assumed('ingestMs') / 1000),
  raisedBy: QUOTA,
};

/** Events per second that one shard carries: both facts of each, in records, in bytes, and in bytes for all readers. */
export function eventsPerShard(traffic: Traffic, options: Options): number {
  const bytes = traffic.receivedFactBytes + traffic.deliveredFactBytes;
  return Math.min(
    SHARD_RECORDS_PER_SECOND / 2,
    MB / bytes,
    (2 * MB) / (bytes * readersOf(options)),
  );
}

/** Each lane runs one invocation at a time, which has at most this many calls under way. */
function callsInFlight(settings: PipelineSettings): Limit {
  const lanes = settings.shard_count * settings.dispatch_parallelization_factor;
  const inFlight = lanes * settings.max_in_flight_per_invocation * settings.mutations_per_request;
  return {
    name: `dispatch, calls under way (${assumed('targetMs')} ms each)`,
    eventsPerSecond: inFlight / (assumed('targetMs') / 1000),
    raisedBy: 'max_in_flight_per_invocation',
  };
}

/** An on-demand stream takes at most so much, and at most doubles within 15 minutes. */
const onDemandJournal = (traffic: Traffic): Limit => ({
  name: 'the journal on demand',
  eventsPerSecond: Math.min(
    QUOTAS.onDemandRecordsPerSecond / 2,
    QUOTAS.onDemandBytesPerSecond / (traffic.receivedFactBytes + traffic.deliveredFactBytes),
  ),
  raisedBy: QUOTA,
});

/** What bounds this system, lowest first. */
export function journalLimits(
  traffic: Traffic,
  settings: PipelineSettings,
  options: Options,
): Limit[] {
  const perShard = eventsPerShard(traffic, options);
  return lowestFirst([
    target(traffic),
    {
      name: 'the API’s throttle as deployed',
      eventsPerSecond: DEPLOYED.apiThrottlePerSecond,
      raisedBy: 'api_throttle',
    },
    options.streamMode === 'ON_DEMAND'
      ? onDemandJournal(traffic)
      : {
          name: `the journal with ${shardsText(settings.shard_count)}, as deployed`,
          eventsPerSecond: perShard * settings.shard_count,
          raisedBy: 'shard_count',
        },
    callsInFlight(settings),
    httpApi,
    ingestConcurrency,
    {
      name: 'Kinesis, shards of an account',
      eventsPerSecond: perShard * QUOTAS.kinesisShards,
      raisedBy: QUOTA,
    },
  ]);
}

const VISIBILITY_SECONDS = 180;

/** What bounds the table and its queue, lowest first. */
export function tableLimits(traffic: Traffic): Limit[] {
  const writeUnits = Math.ceil(traffic.eventBytes / KB);
  return lowestFirst([
    target(traffic),
    {
      name: 'DynamoDB, if all events share a partition key',
      eventsPerSecond: QUOTAS.dynamoPartitionWriteUnitsPerSecond / writeUnits,
      raisedBy: null,
    },
    {
      name: `SQS in flight while the target is down (visibility ${VISIBILITY_SECONDS} s)`,
      eventsPerSecond: QUOTAS.sqsInFlight / VISIBILITY_SECONDS,
      raisedBy: QUOTA,
    },
    httpApi,
    {
      name: 'the consumer, calls of 1,000 environments',
      eventsPerSecond:
        (QUOTAS.lambdaConcurrency * MESSAGES_PER_BATCH) / (assumed('targetMs') / 1000),
      raisedBy: QUOTA,
    },
    {
      name: 'DynamoDB, writes of a table',
      eventsPerSecond: QUOTAS.dynamoWriteUnitsPerSecond / writeUnits,
      raisedBy: QUOTA,
    },
    ingestConcurrency,
  ]);
}

/** What bounds the bus, lowest first. */
export function busLimits(traffic: Traffic): Limit[] {
  return lowestFirst([
    target(traffic),
    {
      name: 'EventBridge, calls to an API destination',
      eventsPerSecond: QUOTAS.apiDestinationPerSecond,
      raisedBy: QUOTA,
    },
    {
      name: 'EventBridge, PutEvents',
      eventsPerSecond: QUOTAS.putEventsPerSecond,
      raisedBy: QUOTA,
    },
    httpApi,
    {
      name: 'EventBridge, invocations of targets',
      eventsPerSecond: QUOTAS.busInvocationsPerSecond,
      raisedBy: QUOTA,
    },
  ]);
}

function lowestFirst(limits: Limit[]): Limit[] {
  return limits.toSorted((one, other) => one.eventsPerSecond - other.eventsPerSecond);
}
