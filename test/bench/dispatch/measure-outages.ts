import { setTimeout as delay } from 'node:timers/promises';
import type { SettingsChange } from '../../../local/target/settings.ts';
import { readTargetStats } from '../../../scripts/demo/target-client.ts';
import { makeBacklog, spread } from './backlog.ts';
import { ourConsumer } from './our-consumer.ts';
import { startWarmTarget } from './warm-target.ts';

const RATE = 100;

/** Targets that are not what they were said to be. */
export async function measureOutages(): Promise<void> {
  await halfTheLimit();
  await deadFor30Seconds();
}

/** It allows half of what it was configured with. */
async function halfTheLimit(): Promise<void> {
  const limit = RATE / 2;
  const events = 4500;
  const run = await startDrain(events, { limitPerSecond: limit });
  await delay(30_000);
  const early = await readTargetStats(run.url);
  await delay(45_000);
  const late = await readTargetStats(run.url);
  await run.done;
  const end = await run.end();
  const throughput = (late.created - early.created) / 45 / limit;
  console.log('\nA target that allows half of what it was configured with');
  console.log(`throughput after 30 s   ${(throughput * 100).toFixed(1)} % of the real limit`);
  console.log(
    `429                     ${((end.throttled / end.calls) * 100).toFixed(2)} % of the calls`,
  );
  console.log(
    `created                 ${end.created} of ${events}, ${end.duplicateAttempts} of them twice`,
  );
}

/** It dies in the middle, and comes back. */
async function deadFor30Seconds(): Promise<void> {
  const events = 3000;
  const outageMs = 30_000;
  const run = await startDrain(events, {
    limitPerSecond: RATE,
    outage: { afterMs: 10_000, durationMs: outageMs, mode: 'reset' },
  });
  const startedMs = performance.now();
  await delay(10_000 + outageMs);
  const back = await readTargetStats(run.url);
  const backMs = performance.now();
  await run.done;
  const seconds = (performance.now() - backMs) / 1000;
  const end = await run.end();
  const ideal = (events - back.created) / RATE;
  console.log('\nA target that dies for 30 s in the middle');
  console.log(
    `drained after recovery  ${(seconds / ideal).toFixed(3)} × the ideal (${seconds.toFixed(1)} s)`,
  );
  console.log(`calls during the outage ${end.resets}`);
  console.log(
    `created                 ${end.created} of ${events}, ${end.duplicateAttempts} of them twice`,
  );
  console.log(`in all                  ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
}

async function startDrain(events: number, settings: SettingsChange) {
  const target = await startWarmTarget(settings);
  const { url } = target.ready;
  const done = ourConsumer(spread(makeBacklog(events), 1), {
    graphqlUrl: `${url}/graphql`,
    ratePerSecond: RATE,
    lanes: 1,
  });
  return {
    url,
    done,
    async end() {
      const stats = await readTargetStats(url);
      await target.stop();
      return stats;
    },
  };
}
