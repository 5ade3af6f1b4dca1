import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../../lib/clock.ts';
import type { Fact } from '../../../lib/event/fact.ts';
import { readTargetStats } from '../../../scripts/demo/target-client.ts';
import { followJournal } from '../../../scripts/local/follow-journal.ts';
import { type RunningPipeline, startPipeline } from '../../../scripts/local/pipeline.ts';
import { percentile } from '../../../scripts/percentile.ts';
import { createPoster } from '../../../scripts/source/post-event.ts';
import { isAccepted, sendEvents } from '../../../scripts/source/send-events.ts';
import { startCommand } from '../../support/start-process.ts';

const RATE = 100;
const LIVE_RATE = 76;
const SECONDS = 20;

/** Both in turns, so that what the machine does besides meets both; the median of each is compared. */
const ROUNDS = 3;

/** What live events had of the target, and how long they took. */
interface Live {
  perSecond: number;
  p50: number;
  p99: number;
  replayed: number;
  /** Calls that the target throttled: each holds everything up for a second. */
  throttled: number;
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
    const rounds: { alone: Live; beside: Live }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const alone = await sendLive(pipeline, SECONDS);
      await pipeline.delivery.flush();
      rounds.push({ alone, beside: await sendBesideReplay(pipeline, dataDir) });
    }
    const alone = medianOf(rounds.map((round) => round.alone));
    const beside = medianOf(rounds.map((round) => round.beside));
    console.log(
      `\nLive events at ${LIVE_RATE}/s to a target that allows ${RATE}/s (POST to delivered)`,
    );
    console.log('                       live/s   of the rate  p50       p99       replayed/s  429');
    console.log(row('without a replay', alone));
    console.log(row('beside --share 0.2', beside));
    console.log(`p99 beside ÷ without   ${(beside.p99 / alone.p99).toFixed(2)}`);
  } finally {
    await pipeline.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function sendBesideReplay(pipeline: RunningPipeline, dataDir: string): Promise<Live> {
  const replay = startCommand('replay', [
    ...['--execute', '--reason', 'bench', '--share', '0.2'],
    ...['--limit', String(SECONDS * 40), '--data-dir', dataDir, '--json'],
  ]);
  await delay(3000);
  const live = await sendLive(pipeline, SECONDS);
  replay.killGroup('SIGINT');
  await replay.exited;
  return live;
}

/** Of each figure by itself; throttled calls are counted together. */
function medianOf(all: Live[]): Live {
  const of = (figure: Exclude<keyof Live, 'throttled'>) =>
    percentile(
      all.map((live) => live[figure]),
      0.5,
    );
  return {
    ...{ perSecond: of('perSecond'), p50: of('p50'), p99: of('p99') },
    ...{ replayed: of('replayed'), throttled: all.reduce((sum, one) => sum + one.throttled, 0) },
  };
}

async function sendLive({ endpoints, reader }: RunningPipeline, seconds: number): Promise<Live> {
  const delivered = new Map<string, number>();
  const received = new Map<string, number>();
  let replayed = 0;
  const startedMs = Date.now();
  const before = await readTargetStats(endpoints.target);
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
  const { throttled } = await readTargetStats(endpoints.target);
  const ends = [...delivered.values()];
  const spanSeconds = (Math.max(...ends) - Math.min(...ends)) / 1000;
  const latencies = [...delivered].map(([id, atMs]) => atMs - (received.get(id) ?? atMs));
  return {
    perSecond: (ends.length - 1) / spanSeconds,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    replayed: replayedPerSecond,
    throttled: throttled - before.throttled,
  };
}

function row(name: string, { perSecond, p50, p99, replayed, throttled }: Live): string {
  return [
    name.padEnd(20),
    perSecond.toFixed(1).padStart(8),
    `${((perSecond / RATE) * 100).toFixed(1)} %`.padStart(12),
    `${p50} ms`.padStart(8),
    `${p99} ms`.padStart(9),
    replayed.toFixed(1).padStart(10),
    String(throttled).padStart(5),
  ].join(' ');
}
