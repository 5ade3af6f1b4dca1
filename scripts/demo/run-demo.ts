import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { newReadCounts } from '../../lib/archive/entry.ts';
import { readArchive } from '../../lib/archive/read-archive.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Fact } from '../../lib/event/fact.ts';
import { followJournal } from '../../local/follow-journal.ts';
import { type RunningPipeline, startPipeline } from '../../local/pipeline.ts';
import { createProgress } from '../progress.ts';
import { SETTINGS_FILE } from '../settings-file.ts';
import { createPoster, type PostResult } from '../source/post-event.ts';
import { isAccepted, type SendReport, sendEvents } from '../source/send-events.ts';
import { type DemoReport, reportOf } from './report.ts';
import { SCENARIO } from './scenario.ts';
import { readTargetIds, readTargetStats, sampleCalls } from './target-client.ts';

/** An event that is not settled by then counts as lost. */
const GIVE_UP_MS = 120_000;

/** On a busy machine an event may be parked; a parking of a minute would outlast the demo. */
const PARKING_SECONDS = 2;

/** Runs the scenario on a pipeline of its own in `dataDir`, and ends it again. */
export async function runDemo(options: {
  dataDir: string;
  quiet: boolean;
  /** Folder of the target contract; absent: the default one. */
  targetContract: string | undefined;
  /** As in `PipelineOptions`. */
  targetCredentialFile?: string | undefined;
  /** Aborts the run; what was started is ended all the same. */
  signal: AbortSignal;
}): Promise<DemoReport> {
  const pipeline = await startPipeline({
    basePort: 0,
    dataDir: options.dataDir,
    apiKey: 'demo-secret',
    ...(options.targetContract === undefined ? {} : { targetContract: options.targetContract }),
    ratePerSecond: SCENARIO.targetRatePerSecond,
    archiveSeconds: 2,
    settingsFile: await writeSettings(options.dataDir),
    recoverSeconds: PARKING_SECONDS,
    ...(options.targetCredentialFile === undefined
      ? {}
      : { targetCredentialFile: options.targetCredentialFile }),
    // A target that refuses a second creation would hide it: this one makes it a second item.
    targetFlags: [`--error-share=${SCENARIO.targetErrorShare}`, '--allow-duplicates'],
  });
  try {
    const { statsAtEnd, ...sent } = await sendAndWait(pipeline, options);
    await pipeline.delivery.flush();
    const archive = await readWholeArchive(pipeline);
    const targetIds = await readTargetIds(pipeline.endpoints.target);
    return reportOf({ ...sent, stats: statsAtEnd, targetIds, ...archive });
  } finally {
    await pipeline.stop();
  }
}

/** The settings that AWS and the local run share, with a short parking. */
async function writeSettings(dataDir: string): Promise<string> {
  const shared = JSON.parse(await readFile(SETTINGS_FILE, 'utf8'));
  const file = join(dataDir, 'settings.json');
  await mkdir(dataDir, { recursive: true });
  await writeFile(file, JSON.stringify({ ...shared, parking_delay_seconds: PARKING_SECONDS }));
  return file;
}

/** Sends every event and waits until each one that was accepted, or is in the journal all the same, is settled there. */
async function sendAndWait(
  { endpoints, reader }: RunningPipeline,
  { quiet, signal }: { quiet: boolean; signal: AbortSignal },
) {
  const sent = new Set<string>();
  const accepted = new Set<string>();
  const toSettle = new Set<string>();
  const settled = new Set<string>();
  const deliveredBar = createProgress('settled', SCENARIO.events, quiet);
  const follower = followJournal(reader, systemClock, (fact) => {
    if (fact.type === 'received') toSettle.add(fact.eventId);
    else if (fact.type !== 'deferred') settled.add(fact.eventId);
    deliveredBar.update(settled.size, `${accepted.size} accepted`);
  });
  const ended = new AbortController();
  const sampling = sampleCalls(endpoints.target, ended.signal);
  const sending = await send(endpoints, (eventId, result) => {
    sent.add(eventId);
    if (isAccepted(result)) accepted.add(eventId);
  });
  for (const eventId of accepted) toSettle.add(eventId);
  const giveUpAtMs = Date.now() + GIVE_UP_MS;
  const waiting = () => [...toSettle].some((id) => !settled.has(id));
  while (waiting() && Date.now() < giveUpAtMs && !signal.aborted) await delay(50);
  ended.abort();
  const samples = await sampling;
  await follower.stop();
  deliveredBar.stop();
  signal.throwIfAborted();
  return { sending, sent, accepted, samples, statsAtEnd: await readTargetStats(endpoints.target) };
}

async function send(
  { api, apiKey }: { api: string; apiKey: string },
  onResult: (eventId: string, result: PostResult) => void,
): Promise<SendReport> {
  const concurrency = 32;
  const poster = createPoster({ url: api, apiKey, connections: concurrency, timeoutMs: 10_000 });
  const report = await sendEvents({
    count: SCENARIO.events,
    ratePerSecond: SCENARIO.sendRatePerSecond,
    concurrency,
    poster,
    onResult,
  });
  poster.close();
  return report;
}

async function readWholeArchive({ archive }: RunningPipeline) {
  const facts: Fact[] = [];
  const damaged: string[] = [];
  const counts = newReadCounts();
  for await (const entries of readArchive(archive, { unique: false, counts }))
    for (const entry of entries)
      if (entry.kind === 'fact') facts.push(entry.fact);
      else damaged.push(`${entry.key}:${entry.line}: ${entry.detail}`);
  return { facts, damaged, objects: counts.objects };
}
