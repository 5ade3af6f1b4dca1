import type { PipelineSettings } from '../../lib/settings.ts';
import { assumed, GB, KB, SECONDS_PER_MONTH } from './assumptions.ts';
import { type BillLine, billLine } from './prices.ts';
import type { Traffic } from './workload.ts';

const KB_PER_API_REQUEST = 512;

/** The HTTP API, by requests. */
export function apiLines({ events, eventBytes }: Traffic): BillLine[] {
  const requests = events * Math.ceil(eventBytes / (KB_PER_API_REQUEST * KB));
  return [billLine('API Gateway', 'HTTP API', 'httpApiRequest', requests)];
}

/** A function, by invocations and by memory × billed time. */
export function functionLines(
  name: string,
  usage: { memoryMb: number; invocations: number; seconds: number },
): BillLine[] {
  const gbSeconds = (usage.memoryMb / 1024) * usage.seconds;
  return [
    billLine('Lambda', `${name}: invocations`, 'lambdaRequest', usage.invocations),
    billLine('Lambda', `${name}: duration`, 'lambdaArmGbSecond', gbSeconds),
  ];
}

/** How often the gateway asks authorize: once for each key and cache time, and never more often than there are requests. */
export function authorizeInvocations({ events }: Traffic, settings: PipelineSettings): number {
  const cacheSeconds = settings.authorize_cache_seconds; // 0 for no cache: Infinity is not the lower one
  return Math.min(events, (assumed('apiKeys') * SECONDS_PER_MONTH) / cacheSeconds);
}

/** The function that checks API keys. */
export function authorizeLines(traffic: Traffic, settings: PipelineSettings): BillLine[] {
  const invocations = authorizeInvocations(traffic, settings);
  return functionLines('authorize', {
    memoryMb: settings.authorize_memory_mb,
    invocations,
    seconds: (invocations * assumed('authorizeMs')) / 1000,
  });
}

/** The function that stores an event before it answers. */
export function ingestLines({ events }: Traffic, settings: PipelineSettings): BillLine[] {
  return functionLines('ingest', {
    memoryMb: settings.ingest_memory_mb,
    invocations: events,
    seconds: (events * assumed('ingestMs')) / 1000,
  });
}

/** Answers to the source, and calls to the target, both over the internet. */
export function transferLines({ events, delivered, eventBytes }: Traffic): BillLine[] {
  const bytes =
    events * assumed('responseBytes') + delivered * (eventBytes + assumed('requestOverheadBytes'));
  return [billLine('Data transfer', 'answers and calls', 'transferOutGb', bytes / GB)];
}

/** Log text of a month: taken in, and kept for the retention. */
export function logLines(bytes: number, retentionDays: number): BillLine[] {
  const stored = (bytes / GB) * assumed('logCompressedShare') * (retentionDays / 30);
  return [
    billLine('CloudWatch', 'logs taken in', 'logsGb', bytes / GB),
    billLine('CloudWatch', 'logs kept', 'logsStoredGbMonth', stored),
  ];
}
