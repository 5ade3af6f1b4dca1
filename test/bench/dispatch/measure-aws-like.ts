import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../lib/clock.ts';
import { decodeFact } from '../../../lib/event/decode.ts';
import type { Fact } from '../../../lib/event/fact.ts';
import { startPipeline } from '../../../local/pipeline.ts';
import { DEFAULT_API_KEY } from '../../../local/pipeline-options.ts';
import { readTargetStats } from '../../../scripts/demo/target-client.ts';
import { SETTINGS_FILE } from '../../../scripts/settings-file.ts';
import { openStack, requireLive } from '../../../scripts/stack/stack.ts';
import { makeBacklog } from './backlog.ts';

const RATE = 100;
const EVENTS = 3000;
const LANES = [1, 4];

/** Drains a backlog with the whole local run, behaving like AWS: its environments freeze and rotate, and their clocks differ. */
export async function measureAwsLike(): Promise<void> {
  console.log(`\n${EVENTS} events, drained by npm start -- --aws-like --rate ${RATE}`);
  console.log('lanes  rate used  429      second creations');
  for (const lanes of LANES) console.log(await measure(lanes));
}

/** One drain as a line of the table. */
async function measure(lanes: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aws-like-'));
  try {
    const settingsFile = join(folder, 'settings.json');
    const shared = JSON.parse(await readFile(SETTINGS_FILE, 'utf8'));
    const settings = { ...shared, dispatch_parallelization_factor: 1 };
    await writeFile(settingsFile, JSON.stringify(settings));
    const stats = await drain(join(folder, 'data'), { lanes, settingsFile });
    const seconds =
      (Date.parse(stats.lastCallAt ?? '') - Date.parse(stats.firstCallAt ?? '')) / 1000;
    return [
      String(lanes).padEnd(6),
      `${(((stats.admitted - 1) / seconds / RATE) * 100).toFixed(1)} %`.padStart(9),
      String(stats.throttled).padStart(4),
      String(stats.items - stats.distinctItems).padStart(21),
    ].join(' ');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Appends the backlog while dispatch is paused, and waits until it is delivered. */
async function drain(dataDir: string, of: { lanes: number; settingsFile: string }) {
  const pipeline = await startPipeline({
    ...{ dataDir, basePort: 0, apiKey: DEFAULT_API_KEY, isAwsLike: true, ratePerSecond: RATE },
    shards: of.lanes,
    settingsFile: of.settingsFile,
    targetFlags: ['--allow-duplicates'],
  });
  try {
    const stack = await openStack({ 'data-dir': dataDir });
    const { dispatch, journal } = requireLive(stack);
    await dispatch.setEnabled(false);
    while ((await dispatch.read()).state !== 'Disabled') await systemClock.sleep(50);
    // A shard takes 1,000 records a second.
    let left: Fact[] = makeBacklog(EVENTS).map(({ data }) => factOf(data));
    while (left.length > 0) {
      left = await journal.appendAll(left);
      await systemClock.sleep(1000);
    }
    await dispatch.setEnabled(true);
    stack.close();
    for (;;) {
      const stats = await readTargetStats(pipeline.endpoints.target);
      if (stats.distinctItems === EVENTS) return stats;
      await systemClock.sleep(200);
    }
  } finally {
    await pipeline.stop();
  }
}

function factOf(data: Uint8Array) {
  const decoding = decodeFact(data);
  if (!decoding.valid) throw new Error('the backlog holds a fact that cannot be read');
  return decoding.fact;
}
