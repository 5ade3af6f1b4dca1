/**
 * Every metric of the system, once: functions emit them by these names, Prometheus names are derived from them, docs/metrics.md is made from them, and a
 * test compares the dashboard and the alarms in terraform/ with them.
 */

import { VERDICTS } from '../target-codes.ts';

/** Unit in CloudWatch; times are seconds in Prometheus, which is its convention. */
type MetricUnit = 'Count' | 'Milliseconds' | 'Seconds' | 'Count/Second';

/** A function that emits metrics; the value of the dimension `service` of each of them. */
export type MetricService = 'ingest' | 'dispatch' | 'recover';

export interface MetricDefinition {
  /** `counter`: a number of things; `gauge`: a state; `distribution`: single values, for percentiles. */
  kind: 'counter' | 'gauge' | 'distribution';
  unit: MetricUnit;
  /** Dimension besides `service`, and all of its values. */
  dimension?: { name: string; values: readonly string[] };
  /** Also emitted without its dimension, for an alarm on the whole. */
  hasTotal?: true;
  /** The function that emits it as a custom metric. */
  service?: MetricService;
  /** AWS's own metric that stands for it in a deployment. */
  aws?: { namespace: string; metric: string; note?: string };
  meaning: string;
}

export const REFUSAL_REASONS = [
  'tooLarge',
  'mediaType',
  'notJson',
  'invalid',
  'notDurable',
  'failed',
] as const;

export const METRICS = {
  Accepted: {
    kind: 'counter',
    unit: 'Count',
    aws: { namespace: 'AWS/ApiGateway', metric: 'Count', note: 'minus `4xx` and `5xx`' },
    meaning: 'requests of `POST /events` with status 202',
  },
  AcceptTime: {
    kind: 'distribution',
    unit: 'Milliseconds',
    aws: { namespace: 'AWS/ApiGateway', metric: 'Latency' },
    meaning: 'from the arrival of a request to its 202',
  },
  Refused: {
    kind: 'counter',
    unit: 'Count',
    service: 'ingest',
    dimension: { name: 'reason', values: REFUSAL_REASONS },
    meaning:
      'requests that ingest refused: 413, 415, 400, 422, 503 (neither store took the event in time), 500. What the API refuses itself (401, 403, 429) is in its `4xx`',
  },
  Spilled: {
    kind: 'counter',
    unit: 'Count',
    service: 'ingest',
    meaning: 'accepted events that the spill bucket took, since the journal was late or refused',
  },
  Recovered: {
    kind: 'counter',
    unit: 'Count',
    service: 'recover',
    meaning: 'spilled events that `recover` appended to the journal',
  },
  SpillLeft: {
    kind: 'gauge',
    unit: 'Count',
    service: 'recover',
    meaning:
      'spilled events that are still in the spill bucket; on AWS, after a scheduled run of `recover`',
  },
  Backlog: {
    kind: 'gauge',
    unit: 'Count',
    meaning:
      'events in the journal that dispatch has not ended. Local runs only: AWS has no such number, and `npm run resume` counts it',
  },
  BacklogAge: {
    kind: 'gauge',
    unit: 'Seconds',
    aws: { namespace: 'AWS/Lambda', metric: 'IteratorAge', note: 'of dispatch, in milliseconds' },
    meaning: 'age of the oldest of these',
  },
  Lanes: {
    kind: 'gauge',
    unit: 'Count',
    aws: { namespace: 'AWS/Lambda', metric: 'ConcurrentExecutions', note: 'of dispatch' },
    meaning: 'lanes in which dispatch works',
  },
  Calls: {
    kind: 'counter',
    unit: 'Count',
    service: 'dispatch',
    meaning: 'calls to the target, creations and lookups: the rate that is used',
  },
  Booked: {
    kind: 'counter',
    unit: 'Count',
    service: 'dispatch',
    meaning: 'start times that dispatch booked; those that no call used are lost',
  },
  RateAllowed: {
    kind: 'gauge',
    unit: 'Count/Second',
    service: 'dispatch',
    meaning:
      'calls a second that dispatch allows itself: `target_limit`, or less after an outage or where the target admits less',
  },
  Throttled: {
    kind: 'counter',
    unit: 'Count',
    service: 'dispatch',
    meaning: 'calls that the target refused as too many',
  },
  TargetNotWell: {
    kind: 'gauge',
    unit: 'Count',
    service: 'dispatch',
    meaning:
      '1 for a batch at whose end the circuit is open (the target is `closed` or `sick`), else 0; `targetHealth` in the line tells which',
  },
  HoldTime: {
    kind: 'counter',
    unit: 'Milliseconds',
    service: 'dispatch',
    meaning:
      'time in which a batch sent nothing because the circuit was open or the target had asked for a pause',
  },
  Attempts: {
    kind: 'counter',
    unit: 'Count',
    service: 'dispatch',
    dimension: { name: 'outcome', values: VERDICTS },
    meaning: 'creations that were tried, by the verdict on each event',
  },
  Lookups: {
    kind: 'counter',
    unit: 'Count',
    service: 'dispatch',
    meaning: 'events that the target was asked for, since they may have existed',
  },
  Conflicts: {
    kind: 'counter',
    unit: 'Count',
    service: 'dispatch',
    meaning:
      'first creations of an event that the target refused as a duplicate: the source used the id before, or another writer did',
  },
  QueueTime: {
    kind: 'distribution',
    unit: 'Milliseconds',
    service: 'dispatch',
    meaning: 'of a delivered event, from its receipt to the first attempt; without replays',
  },
  CallTime: {
    kind: 'distribution',
    unit: 'Milliseconds',
    service: 'dispatch',
    meaning: 'one call to the target',
  },
  DeliveryTime: {
    kind: 'distribution',
    unit: 'Milliseconds',
    service: 'dispatch',
    meaning:
      'of a delivered event, from its receipt to its end, time in which it was parked included; without replays',
  },
  Delivered: {
    kind: 'counter',
    unit: 'Count',
    service: 'dispatch',
    meaning: '`delivered` facts that the journal took',
  },
  Deferred: {
    kind: 'counter',
    unit: 'Count',
    service: 'dispatch',
    meaning: '`deferred` facts that the journal took: events that were parked',
  },
  DeadLetters: {
    kind: 'counter',
    unit: 'Count',
    service: 'dispatch',
    dimension: { name: 'reason', values: ['malformed', 'rejected', 'exhausted', 'undecided'] },
    hasTotal: true,
    meaning: '`deadLettered` facts that the journal took',
  },
  Parked: {
    kind: 'gauge',
    unit: 'Count',
    service: 'recover',
    meaning: 'parked events, after a scheduled run of `recover`; at most 10,000 are counted',
  },
  ParkedDue: {
    kind: 'gauge',
    unit: 'Count',
    service: 'recover',
    meaning:
      'parked events that are due and not released, because the share for stragglers is used up or dispatch is behind',
  },
  NextDue: {
    kind: 'gauge',
    unit: 'Seconds',
    service: 'recover',
    meaning: 'time until the next parked event is due; 0 for one that is due; absent without any',
  },
  Released: {
    kind: 'counter',
    unit: 'Count',
    service: 'recover',
    meaning: 'parked events that `recover` appended to the journal again',
  },
  ArchiveAge: {
    kind: 'gauge',
    unit: 'Seconds',
    aws: { namespace: 'AWS/Firehose', metric: 'DeliveryToS3.DataFreshness' },
    meaning: 'age of the oldest fact that is read from the journal and not in the archive',
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;

/** The metrics that a function emits. */
export type EmittedName = {
  [Name in MetricName]: (typeof METRICS)[Name] extends { service: MetricService } ? Name : never;
}[MetricName];

/** The definition of a metric, with everything that is absent of this one. Pure. */
export function definitionOf(name: MetricName): MetricDefinition {
  return METRICS[name];
}

/** Every metric with its name, in the order of the pipeline. */
export const METRIC_LIST = Object.entries(METRICS) as [MetricName, MetricDefinition][];

/** Number of custom metrics that CloudWatch charges for if all have data: one for each value of a dimension, and for a total. */
export const CUSTOM_METRICS = METRIC_LIST.filter(([, { service }]) => service !== undefined)
  .map(([, { dimension, hasTotal }]) => (dimension?.values.length ?? 1) + (hasTotal ? 1 : 0))
  .reduce((sum, count) => sum + count);
