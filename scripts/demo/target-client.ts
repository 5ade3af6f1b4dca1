import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'graphql-request';
import type { SettingsChange } from '../../local/target/settings.ts';
import type { TargetStats } from '../../local/target/target-routes.ts';

/** What the target application tells about itself. */
export async function readTargetStats(targetUrl: string): Promise<TargetStats> {
  const response = await fetch(`${targetUrl}/stats`);
  return (await response.json()) as TargetStats;
}

/** Calls that the target had had by then, in milliseconds since the epoch. */
export interface CallSample {
  atMs: number;
  calls: number;
}

const SAMPLE_MS = 100;

/** Asks for the target's calls again and again, until `stop` aborts. */
export async function sampleCalls(targetUrl: string, stop: AbortSignal): Promise<CallSample[]> {
  const samples: CallSample[] = [];
  while (!stop.aborted) {
    const { calls } = await readTargetStats(targetUrl);
    samples.push({ atMs: Date.now(), calls });
    await delay(SAMPLE_MS, undefined, { signal: stop }).catch(() => undefined);
  }
  return samples;
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
