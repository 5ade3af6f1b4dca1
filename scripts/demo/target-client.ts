import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'graphql-request';
import type { SettingsChange } from '../../local/target/settings.ts';
import type { TargetStats } from '../../local/target/target-routes.ts';

/** What the target application tells about itself. */
export async function readTargetStats(targetUrl: string): Promise<TargetStats> {
  const response = await fetch(`${targetUrl}/stats`);
  return (await response.json()) as TargetStats;
}

/** A count of the target's calls. */
export interface CallSample {
  /** In milliseconds since the epoch. */
  atMs: number;
  /** Calls until then. */
  calls: number;
}

const SAMPLE_MS = 100;

/** Counts the target's calls every 100 ms and a last time once `stop` aborts. A count that fails is left out. Never rejects. */
export async function sampleCalls(targetUrl: string, stop: AbortSignal): Promise<CallSample[]> {
  const samples: CallSample[] = [];
  for (;;) {
    const isLast = stop.aborted;
    const stats = await readTargetStats(targetUrl).catch(() => undefined);
    if (stats) samples.push({ atMs: Date.now(), calls: stats.calls });
    if (isLast) return samples;
    await delay(SAMPLE_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}

/** Makes the target behave in another way. */
export async function changeTarget(targetUrl: string, change: SettingsChange): Promise<void> {
  const response = await fetch(`${targetUrl}/control`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(change),
  });
  if (!response.ok)
    throw new Error(`${targetUrl} answered ${response.status}: ${await response.text()}`);
}

/** How often the target is asked: it throttles this question, and fails it, like any call. */
const MOST_FAILURES = 40;

/** The ids of every item that the target has, each as often as it has it; asked until it is answered. */
export async function readTargetIds(targetUrl: string): Promise<string[]> {
  for (let failures = 0; ; failures++) {
    try {
      return await askTargetIds(targetUrl);
    } catch (error) {
      if (failures === MOST_FAILURES) throw error;
      await delay(100);
    }
  }
}

async function askTargetIds(targetUrl: string): Promise<string[]> {
  const answer = await request<{ getItems: { id: string }[] }>(
    `${targetUrl}/graphql`,
    '{ getItems { id } }',
  );
  return answer.getItems.map(({ id }) => id);
}
