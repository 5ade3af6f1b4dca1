import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../../lib/percentile.ts';
import { type RunningPipeline, startPipeline } from '../../local/pipeline.ts';
import { readTargetIds } from '../../scripts/demo/target-client.ts';
import { createPoster, type PostResult } from '../../scripts/source/post-event.ts';
import { isAccepted, sendEvents } from '../../scripts/source/send-events.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';

export interface StoreFaultsLab {
  pipeline: RunningPipeline;
  /** Between ingest and the stream, and between ingest and the spill bucket. */
  kinesis: FaultProxy;
  s3: FaultProxy;
  send(count: number, ratePerSecond: number): Promise<Sent>;
  /** Ids that were acknowledged and have not reached the target in that time. */
  missingAtTarget(acknowledged: Iterable<string>, withinMs: number): Promise<string[]>;
  stop(): Promise<void>;
}

interface Sent {
  acknowledged: Set<string>;
  statuses: Record<string, number>;
  /** Of the acknowledged, in milliseconds. */
  latencyMs: { p50: number; p99: number; p999: number; max: number };
  /** Of the acknowledged, those that waited for longer than 500 ms. */
  over500: number;
}

/** The whole pipeline, with bad weather to be made between ingest and its two stores. */
export async function startStoreFaultsLab(options: {
  folder: string;
  ratePerSecond: number;
  environments: number;
}): Promise<StoreFaultsLab> {
  let sending = false;
  const proxies: { kinesis?: FaultProxy; s3?: FaultProxy } = {};
  const pipeline = await startPipeline({
    basePort: 0,
    dataDir: options.folder,
    apiKey: 'lab',
    ratePerSecond: options.ratePerSecond,
    archiveSeconds: 2,
    targetFlags: [],
    ingestEnvironments: options.environments,
    // It would not get through to the journal either, and takes no processor from ingest, as it would not on AWS.
    mayRecover: () => !sending,
    async ingestEndpoints({ kinesisUrl, s3Url }) {
      proxies.kinesis = await startFaultProxy(kinesisUrl);
      proxies.s3 = await startFaultProxy(s3Url);
      return { kinesisUrl: proxies.kinesis.url, s3Url: proxies.s3.url };
    },
  });
  const { kinesis, s3 } = proxies as Required<typeof proxies>;
  const { api, target } = pipeline.endpoints;

  return {
    pipeline,
    kinesis,
    s3,
    async send(count, ratePerSecond) {
      sending = true;
      const poster = createPoster({ url: api, apiKey: 'lab', connections: 64, timeoutMs: 10_000 });
      const acknowledged = new Set<string>();
      const results: PostResult[] = [];
      const { statuses } = await sendEvents({
        ...{ count, ratePerSecond, concurrency: 64, poster },
        onResult(id, result) {
          if (!isAccepted(result)) return;
          acknowledged.add(id);
          results.push(result);
        },
      });
      poster.close();
      sending = false;
      const over500 = results.filter(({ latencyMs }) => latencyMs > 500).length;
      return { acknowledged, statuses, latencyMs: latencies(results), over500 };
    },

    async missingAtTarget(acknowledged, withinMs) {
      const giveUpAtMs = Date.now() + withinMs;
      for (;;) {
        const present = new Set(await readTargetIds(target));
        const missing = [...acknowledged].filter((id) => !present.has(id));
        if (missing.length === 0 || Date.now() > giveUpAtMs) return missing;
        await delay(500);
      }
    },

    async stop() {
      await pipeline.stop();
      await Promise.all([kinesis.close(), s3.close()]);
    },
  };
}

function latencies(results: PostResult[]): Sent['latencyMs'] {
  const values = results.map(({ latencyMs }) => latencyMs);
  const at = (share: number) => percentile(values, share);
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) };
}
