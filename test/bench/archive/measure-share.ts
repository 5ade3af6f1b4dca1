import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../../lib/clock.ts';
import type { Fact } from '../../../lib/event/fact.ts';
import { followJournal } from '../../../scripts/local/follow-journal.ts';
import { type RunningPipeline, startPipeline } from '../../../scripts/local/pipeline.ts';
import { percentile } from '../../../scripts/percentile.ts';
import { createPoster } from '../../../scripts/source/post-event.ts';
import { isAccepted, sendEvents } from '../../../scripts/source/send-events.ts';
import { startCommand } from '../../support/start-process.ts';

const RATE = 100;
const LIVE_RATE = 76;
const SECONDS = 40;

/** What live events had of the target, and how long they took. */
interface Live {
  perSecond: number;
  p50: number;
  p99: number;
  replayed: number;
}

/** Live events beside a replay that has a fifth of the target's rate, and without one. */
export async function measureShare(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'orchestrator-bench-share-'));
  const pipeline = await startPipeline({
    basePort: 0,
    dataDir,
    apiKey: 'bench',
    ratePerSecond: RATE,
    archiveSeconds: 2,
    targetFlags: ['--allow-duplicates'],
  });
  try {
    await sendLive(pipeline, 10);
    const alone = await sendLive(pipeline, SECONDS);
    await pipeline.delivery.flush();
    const replay = startCommand('replay', [
      ...['--execute', '--reason', 'bench', '--share', '0.2'],
      ...['--limit', String(SECONDS * 20), '--data-dir', dataDir, '--json'],
    ]);
    await delay(3000);
    const beside = await sendLive(pipeline, SECONDS - 3);
    replay.killGroup('SIGINT');
    await replay.exited;
    console.log(
      `\nLive events at ${LIVE_RATE}/s to a target that allows ${RATE}/s (POST to delivered)`,
    );
    console.log('                       live/s   of the rate  p50       p99       replayed/s');
    console.log(row('without a replay', alone));
    console.log(row('beside --share 0.2', beside));
    console.log(`p99 beside ÷ without   ${(beside.p99 / alone.p99).toFixed(2)}`);
  } finally {
    await pipeline.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function sendLive({ endpoints, reader }: RunningPipeline, seconds: number): Promise<Live> {
  const delivered = new Map<string, number>();
  const received = new Map<string, number>();
  let replayed = 0;
  const startedMs = Date.now();
  const follower = followJournal(reader, systemClock, (fact: Fact) => {
    if (Date.parse(fact.at) < startedMs) return;
    if (fact.replay) replayed += fact.type === 'delivered' ? 1 : 0;
    else (fact.type === 'received' ? received : delivered).set(fact.eventId, Date.parse(fact.at));
  });
  const poster = createPoster({
    url: endpoints.api,
    apiKey: 'bench',
    connections: 32,
    timeoutMs: 10_000,
  });
  const accepted = new Set<string>();
  await sendEvents({
    count: LIVE_RATE * seconds,
    ratePerSecond: LIVE_RATE,
    concurrency: 32,
    poster,
    onResult: (id, result) => void (isAccepted(result) && accepted.add(id)),
  });
  poster.close();
  const replayedPerSecond = replayed / seconds;
  while ([...accepted].some((id) => !delivered.has(id)) && Date.now() - startedMs < 120_000)
    await delay(100);
  await follower.stop();
  const ends = [...delivered.values()];
  const spanSeconds = (Math.max(...ends) - Math.min(...ends)) / 1000;
  const latencies = [...delivered].map(([id, atMs]) => atMs - (received.get(id) ?? atMs));
  return {
    perSecond: (ends.length - 1) / spanSeconds,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    replayed: replayedPerSecond,
  };
}

function row(name: string, { perSecond, p50, p99, replayed }: Live): string {
  return [
    name.padEnd(20),
    perSecond.toFixed(1).padStart(8),
    `${((perSecond / RATE) * 100).toFixed(1)} %`.padStart(12),
    `${p50} ms`.padStart(8),
    `${p99} ms`.padStart(9),
    replayed.toFixed(1).padStart(10),
  ].join(' ');
}
