import type { SettingsChange } from '../../../local/target/settings.ts';
import { readTargetStats } from '../../../scripts/demo/target-client.ts';
import { makeBacklog, spread } from './backlog.ts';
import type { Consumer } from './our-consumer.ts';
import { startWarmTarget } from './warm-target.ts';

export interface DrainOptions {
  consumer: Consumer;
  events: number;
  /** What the consumer is told that the target allows. */
  ratePerSecond: number;
  lanes: number;
  /** How the target behaves. */
  settings: SettingsChange;
  maxInFlight?: number;
}

export interface Drain {
  seconds: number;
  /** Calls per second from the first to the last, over the rate. */
  rateUsed: number;
  /** Share of the calls that the target throttled. */
  throttledShare: number;
  calls: number;
  created: number;
  /** Creations of what was there already. */
  secondCreations: number;
  /** CPU time of this process, for each event. */
  cpuMs: number;
}

/** Drains a backlog into a target of its own, and asks the target what it saw. */
export async function drain(options: DrainOptions): Promise<Drain> {
  const { consumer, events, ratePerSecond, lanes, settings } = options;
  const target = await startWarmTarget(settings);
  try {
    const { url } = target.ready;
    const backlog = spread(makeBacklog(events), lanes);
    const cpu = process.cpuUsage();
    const startedMs = performance.now();
    await consumer(backlog, {
      graphqlUrl: `${url}/graphql`,
      ratePerSecond,
      lanes,
      ...(options.maxInFlight ? { maxInFlight: options.maxInFlight } : {}),
    });
    const seconds = (performance.now() - startedMs) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const stats = await readTargetStats(url);
    const calledMs = Date.parse(stats.lastCallAt ?? '') - Date.parse(stats.firstCallAt ?? '');
    return {
      seconds,
      rateUsed: (stats.admitted - 1) / (calledMs / 1000) / ratePerSecond,
      throttledShare: stats.throttled / stats.calls,
      calls: stats.calls,
      created: stats.created,
      secondCreations: stats.duplicateAttempts,
      cpuMs: (user + system) / 1000 / events,
    };
  } finally {
    await target.stop();
  }
}
