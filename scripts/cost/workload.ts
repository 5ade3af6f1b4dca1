import type { PipelineSettings } from '../../lib/settings.ts';
import { assumed, MB, SECONDS_PER_DAY, SECONDS_PER_MONTH } from './assumptions.ts';

/** What the bill depends on besides the configuration. */
export interface Workload {
  eventsPerDay: number;
  /** Events per second that the target allows. */
  ratePerSecond: number;
  /** JSON body of an event. */
  eventBytes: number;
}

export interface Options {
  streamMode: 'PROVISIONED' | 'ON_DEMAND';
  /** Facts that the status table keeps. */
  statusTable: PipelineSettings['status_table'];
  /** Facts are also written to Timestream. */
  timestream: boolean;
}

/** Returns whether project runs at all. */
export const isProjected = ({ statusTable, timestream }: Options) =>
  timestream || statusTable !== 'off';

/** What a rate-limited target makes of a workload; no design delivers more. */
export interface TargetBound {
  capacityPerDay: number;
  isExceeded: boolean;
  /** Events that a day adds to what waits. */
  backlogPerDay: number;
  /** The day on which the oldest waiting event reaches the given age; `null` where nothing piles up. */
  daysUntilGivenUp: number | null;
}

/** Compares events with the target's rate × 86,400 s. The age is that at which Lambda gives a record up, in seconds. */
export function targetBound(workload: Workload, recordAgeSeconds: number): TargetBound {
  const capacityPerDay = workload.ratePerSecond * SECONDS_PER_DAY;
  const backlogPerDay = Math.max(0, workload.eventsPerDay - capacityPerDay);
  const isExceeded = backlogPerDay > 0;
  // After t days, what is sent arrived at t × capacity ÷ arrivals: it is t × (1 − capacity ÷ arrivals) days old.
  const delayPerDay = backlogPerDay / workload.eventsPerDay;
  const daysUntilGivenUp = isExceeded ? recordAgeSeconds / SECONDS_PER_DAY / delayPerDay : null;
  return { capacityPerDay, isExceeded, backlogPerDay, daysUntilGivenUp };
}

/** A month of 30 days, in numbers that the bills are made of. */
export interface Traffic {
  /** Accepted events. */
  events: number;
  /** Events that the target takes; at most its rate × the month. */
  delivered: number;
  eventBytes: number;
  ratePerSecond: number;
  receivedFactBytes: number;
  deliveredFactBytes: number;
  /** Facts of both kinds. */
  facts: number;
  /** Their bytes. */
  factBytes: number;
  peakEventsPerSecond: number;
  peakFactsPerSecond: number;
  peakBytesPerSecond: number;
}

/** The traffic of a workload: every event is a `received` fact, and every delivered one another. */
export function trafficOf({ eventsPerDay, ratePerSecond, eventBytes }: Workload): Traffic {
  const events = eventsPerDay * 30;
  const delivered = Math.min(events, ratePerSecond * SECONDS_PER_MONTH);
  const receivedFactBytes = eventBytes + assumed('receivedOverheadBytes');
  const deliveredFactBytes = assumed('deliveredFactBytes');
  const peakEventsPerSecond = (events / SECONDS_PER_MONTH) * assumed('peakOverMean');
  const peakDelivered = Math.min(peakEventsPerSecond, ratePerSecond);
  return {
    events,
    delivered,
    eventBytes,
    ratePerSecond,
    receivedFactBytes,
    deliveredFactBytes,
    facts: events + delivered,
    factBytes: events * receivedFactBytes + delivered * deliveredFactBytes,
    peakEventsPerSecond,
    peakFactsPerSecond: peakEventsPerSecond + peakDelivered,
    peakBytesPerSecond:
      peakEventsPerSecond * receivedFactBytes + peakDelivered * deliveredFactBytes,
  };
}

/** Readers of the journal: dispatch, two deliveries, and project where something is projected. */
export function readersOf(options: Options): number {
  return isProjected(options) ? 4 : 3;
}

/** A shard takes 1,000 records or 1 MiB a second, and gives 2 MiB a second to all its readers together. */
export const SHARD_RECORDS_PER_SECOND = 1000;
const SHARD_IN_BYTES = MB;
const SHARD_OUT_BYTES = 2 * MB;

/** The shards that the busiest second needs; never fewer than are set. */
export function shardsFor(traffic: Traffic, settings: PipelineSettings, options: Options): number {
  const { peakFactsPerSecond, peakBytesPerSecond } = traffic;
  return Math.max(
    settings.shard_count,
    Math.ceil(peakFactsPerSecond / SHARD_RECORDS_PER_SECOND),
    Math.ceil(peakBytesPerSecond / SHARD_IN_BYTES),
    Math.ceil((peakBytesPerSecond * readersOf(options)) / SHARD_OUT_BYTES),
  );
}

/** A number of shards in words. */
export function shardsText(shards: number): string {
  return shards === 1 ? '1 shard' : `${shards} shards`;
}
