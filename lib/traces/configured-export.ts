import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ProjectConfig } from '../config.ts';
import type { Log } from '../log.ts';
import type { Clock, ExportSpans, ReadSecret } from '../ports.ts';
import { SecretCache } from '../secret-cache.ts';
import { createHttpClient } from '../target/http-client.ts';
import { createCollector } from './collector.ts';
import { parseCollectorHeaders } from './collector-headers.ts';
import { createExportSpans } from './export-facts.ts';
import { createSample } from './sample.ts';
import { EXPORT_MAX_MS, SpanExporter } from './span-exporter.ts';
import type { SpanSource } from './spans-of-fact.ts';

/** A secret that was replaced is used for at most twice this time; a refused one is read again within seconds. */
const HEADERS_TTL_MS = 300_000;

/** A collector's response has nothing but a count and a message. */
const RESPONSE_MAX_BYTES = 100_000;

interface Services {
  /** Reads the headers' secret; absent without one. */
  readHeaders: ReadSecret | undefined;
  /** AWS region of the resource; absent in a local run. */
  region?: string | undefined;
  clock: Clock;
  log: Log;
}

/** The export of spans as the environment configures it; `undefined` without an endpoint. */
export function createConfiguredExport(
  config: ProjectConfig,
  services: Services,
): ExportSpans | undefined {
  if (config.OTLP_URL === '') return undefined;
  const { clock, log } = services;
  const secret = headersCache(config, services);
  const send = createCollector({
    endpoint: config.OTLP_URL,
    send: createHttpClient({
      ...{ timeoutMs: EXPORT_MAX_MS, maxBytes: RESPONSE_MAX_BYTES, encoding: 'latin1', clock },
    }),
    headers: async () => (secret ? secret.load() : {}),
    onUnauthorized: () => secret?.readEarly(),
    clock,
  });
  return createExportSpans({
    exporter: new SpanExporter({ send, clock, log }),
    sample: createSample(config.TRACE_SAMPLE_RATIO),
    source: sourceOf(config, services.region),
  });
}

function headersCache(
  { OTLP_HEADERS_SECRET_ID: secretId }: ProjectConfig,
  { readHeaders: read, clock, log }: Services,
) {
  if (secretId === undefined || read === undefined) return undefined;
  const times = {
    ttlMs: HEADERS_TTL_MS,
    staleMs: Number.POSITIVE_INFINITY,
    waitMs: EXPORT_MAX_MS,
    timeoutMs: EXPORT_MAX_MS,
  };
  return new SecretCache({ secretId, read, parse: parseCollectorHeaders, times, clock, log });
}

function sourceOf(config: ProjectConfig, region: string | undefined): SpanSource {
  const resource = resourceFromAttributes({
    'service.name': config.SERVICE_NAME,
    ...(region ? { 'cloud.provider': 'aws', 'cloud.region': region } : {}),
  });
  const url = config.TARGET_URL ? new URL(config.TARGET_URL) : undefined;
  const target = url && {
    host: url.hostname,
    port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
  };
  return { resource, streamName: config.STREAM_NAME, target };
}
