import type { PipelineSettings } from '../../lib/settings.ts';
import { GB, HOURS_PER_MONTH, KB } from './assumptions.ts';
import { type BillLine, billLine } from './prices.ts';
import { type Options, readersOf, shardsFor, type Traffic } from './workload.ts';

const KB_PER_PUT_UNIT = 25;
const HOURS_INCLUDED = 24;

const units = (bytes: number, unitKb: number) => Math.ceil(bytes / (unitKb * KB));

/** The stream, in the mode that is chosen. */
export function streamLines(
  traffic: Traffic,
  settings: PipelineSettings,
  options: Options,
): BillLine[] {
  return options.streamMode === 'PROVISIONED'
    ? provisionedLines(traffic, settings, options)
    : onDemandLines(traffic, settings, options);
}

function provisionedLines(
  traffic: Traffic,
  settings: PipelineSettings,
  options: Options,
): BillLine[] {
  const shardHours = shardsFor(traffic, settings, options) * HOURS_PER_MONTH;
  const putUnits =
    traffic.events * units(traffic.receivedFactBytes, KB_PER_PUT_UNIT) +
    traffic.delivered * units(traffic.deliveredFactBytes, KB_PER_PUT_UNIT);
  const kept = settings.stream_retention_hours > HOURS_INCLUDED ? shardHours : 0;
  return [
    billLine('Kinesis', 'shards', 'kinesisShardHour', shardHours),
    billLine('Kinesis', 'records', 'kinesisPutUnit', putUnits),
    billLine('Kinesis', 'retention beyond a day', 'kinesisRetentionShardHour', kept),
  ];
}

function onDemandLines(traffic: Traffic, settings: PipelineSettings, options: Options): BillLine[] {
  const kb =
    traffic.events * units(traffic.receivedFactBytes, 1) +
    traffic.delivered * units(traffic.deliveredFactBytes, 1);
  const writtenGb = (kb * KB) / GB;
  const readGb = (traffic.factBytes / GB) * readersOf(options);
  const extraHours = Math.max(0, settings.stream_retention_hours - HOURS_INCLUDED);
  const keptGbMonths = (writtenGb * extraHours) / HOURS_PER_MONTH;
  return [
    billLine('Kinesis', 'stream', 'kinesisOnDemandStreamHour', HOURS_PER_MONTH),
    billLine('Kinesis', 'written', 'kinesisOnDemandInGb', writtenGb),
    billLine('Kinesis', 'read', 'kinesisOnDemandOutGb', readGb),
    billLine('Kinesis', 'retention beyond a day', 'kinesisOnDemandRetentionGbMonth', keptGbMonths),
  ];
}

const KB_PER_FIREHOSE_UNIT = 5;

/** Both deliveries: each counts every fact as a multiple of 5 KB; one of them converts to Parquet besides. */
export function deliveryLines(traffic: Traffic): BillLine[] {
  const kb =
    KB_PER_FIREHOSE_UNIT *
    (traffic.events * units(traffic.receivedFactBytes, KB_PER_FIREHOSE_UNIT) +
      traffic.delivered * units(traffic.deliveredFactBytes, KB_PER_FIREHOSE_UNIT));
  const gb = (kb * KB) / GB;
  return [
    billLine('Firehose', 'facts and curated', 'firehoseGb', 2 * gb),
    billLine('Firehose', 'conversion to Parquet', 'firehoseConversionGb', gb),
  ];
}
