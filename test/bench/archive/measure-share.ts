import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../../lib/clock.ts';
import type { Fact } from '../../../lib/event/fact.ts';
import { percentile } from '../../../lib/percentile.ts';
import { followJournal } from '../../../local/follow-journal.ts';
import { type RunningPipeline, startPipeline } from '../../../local/pipeline.ts';
import { readTargetStats } from '../../../scripts/demo/target-client.ts';
import { createPoster } from '../../../scripts/source/post-event.ts';
import { sendEvents } from '../../../scripts/source/send-events.ts';
import { startCommand } from '../../support/start-process.ts';
import { readProcessorTime, stolenShare } from '../stolen-time.ts';

const RATE = 100;
const LIVE_RATE = 76;
const SECONDS = 20;

/** Between a replay that has ended and the next span without one. */
const SETTLE_MS = 3000;

/** Both in turns, so that what the machine does besides meets both; the median of each is compared. */
const ROUNDS = 5;

const WARM_UP_SECONDS = 10;

/** What live events had of the target in a span of time, and how long they took. */
interface Live {
  perSecond: number;
  p50: number;
  p99: number;
  /** Replayed events that were delivered, per second. */
  replayed: number;
  /** Calls that the target throttled: each holds everything up for a second. */
  throttled: number;
  /** Of the processors' time, by other machines on the same hardware; 0 to 1. */
  stolen: number;
}

/** Live events that never stop, beside a replay that comes and goes with a fifth of the target's rate. */
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
  const live = startLive(pipeline);
  try {
    await delay(WARM_UP_SECONDS * 1000);
    const spans: { alone: Span; beside: Span }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await delay(SETTLE_MS);
      await pipeline.delivery.flush();
      const alone = await spanOf(pipeline);
      const replay = startReplay(dataDir);
      const beside = await spanOf(pipeline);
      replay.killGroup('SIGINT');
      await replay.exited;
      spans.push({ alone, beside });
    }
    await live.stop();
    const rounds = spans.map(({ alone, beside }) => ({
      alone: live.during(alone),
      beside: live.during(beside),
    }));
    print(rounds);
  } finally {
    await live.stop();
    await pipeline.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function startReplay(dataDir: string) {
  return startCommand('replay', [
    ...['--execute', '--reason', 'bench', '--share', '0.2'],
    ...['--limit', String(SECONDS * 40), '--data-dir', dataDir, '--json'],
  ]);
}

interface Span extends Pick<Live, 'throttled' | 'stolen'> {
  fromMs: number;
  toMs: number;
}

async function spanOf({ endpoints }: RunningPipeline): Promise<Span> {
  const before = await readTargetStats(endpoints.target);
  const processors = await readProcessorTime();
  const fromMs = Date.now();
  await delay(SECONDS * 1000);
  const toMs = Date.now();
  const after = await readTargetStats(endpoints.target);
  const stolen = stolenShare(processors, await readProcessorTime());
  return { fromMs, toMs, stolen, throttled: after.throttled - before.throttled };
}

/** Sends live events until it is stopped, and notes what becomes of them. */
function startLive({ endpoints, reader }: RunningPipeline) {
  const delivered = new Map<string, number>();
  const received = new Map<string, number>();
  const replayed: number[] = [];
  const follower = followJournal(reader, systemClock, ({ type, eventId, at, replay }: Fact) => {
    const atMs = Date.parse(at);
    if (!replay) (type === 'received' ? received : delivered).set(eventId, atMs);
    else if (type === 'delivered') replayed.push(atMs);
  });
  const poster = createPoster({
    url: endpoints.api,
    apiKey: 'bench',
    connections: 32,
    timeoutMs: 10_000,
  });
  const sending = new AbortController();
  const sent = sendEvents({
    count: Number.POSITIVE_INFINITY,
    ratePerSecond: LIVE_RATE,
    concurrency: 32,
    poster,
    signal: sending.signal,
  });

  async function end(): Promise<void> {
    sending.abort();
    await sent;
    const untilMs = Date.now() + 60_000;
    while ([...received.keys()].some((id) => !delivered.has(id)) && Date.now() < untilMs)
      await delay(100);
    poster.close();
    await follower.stop();
  }

  let ended: Promise<void> | undefined;
  return {
    stop: () => (ended ??= end()),
    during({ fromMs, toMs, ...others }: Span): Live {
      const isIn = (atMs: number) => atMs >= fromMs && atMs < toMs;
      const perSecond = (times: Iterable<number>) =>
        ([...times].filter(isIn).length * 1000) / (toMs - fromMs);
      const latencies = [...received]
        .filter(([, atMs]) => isIn(atMs))
        .map(([id, atMs]) => (delivered.get(id) ?? Number.POSITIVE_INFINITY) - atMs);
      return {
        perSecond: perSecond(delivered.values()),
        p50: percentile(latencies, 0.5),
        p99: percentile(latencies, 0.99),
        replayed: perSecond(replayed),
        ...others,
      };
    },
  };
}

function print(rounds: { alone: Live; beside: Live }[]): void {
  const alone = medianOf(rounds.map((round) => round.alone));
  const beside = medianOf(rounds.map((round) => round.beside));
  console.log(
    `\nLive events at ${LIVE_RATE}/s to a target that allows ${RATE}/s (received to delivered), ${ROUNDS} rounds of ${SECONDS} s`,
  );
  console.log(
    '                       live/s   of the rate  p50       p99       replayed/s  429  stolen',
  );
  console.log(row('without a replay', alone));
  console.log(row('beside --share 0.2', beside));
  const ratios = rounds.map((round) => {
    const stolen = (Math.max(round.alone.stolen, round.beside.stolen) * 100).toFixed(1);
    return `${(round.beside.p99 / round.alone.p99).toFixed(2)} (${stolen} % stolen)`;
  });
  console.log(`p99 beside ÷ without   ${(beside.p99 / alone.p99).toFixed(2)}`);
  console.log(`by round               ${ratios.join(', ')}`);
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
    ...{ replayed: of('replayed'), stolen: of('stolen') },
    ...{ throttled: all.reduce((sum, one) => sum + one.throttled, 0) },
  };
}

function row(name: string, { perSecond, p50, p99, replayed, throttled, stolen }: Live): string {
  return [
    name.padEnd(20),
    perSecond.toFixed(1).padStart(8),
    `${((perSecond / RATE) * 100).toFixed(1)} %`.padStart(12),
    `${p50} ms`.padStart(8),
    `${p99} ms`.padStart(9),
    replayed.toFixed(1).padStart(10),
    String(throttled).padStart(5),
    `${(stolen * 100).toFixed(1)} %`.padStart(7),
  ].join(' ');
}
