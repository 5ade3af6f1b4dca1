import type { Clock, HeldLock, RunHolder, RunLock } from '../ports.ts';

/** A holder shows this often that it lives. */
const BEAT_MS = 5000;

/** A lock whose holder has not shown in this time that it lives is taken over. */
const LEASE_MS = 30_000;

/** A holder that could not show for this long that it lives stops: an append may take the rest of the lease. */
const SAFE_MS = 15_000;

const LOOK_EVERY_MS = 1000;

/** Another run holds the lock, and lives. */
export class LockHeldError extends Error {
  override name = 'LockHeldError';
  readonly holder: RunHolder;

  constructor(holder: RunHolder) {
    super(`${holder.runId} of ${holder.by} has been running since ${holder.since}`);
    this.holder = holder;
  }
}

/** A lock that this process holds. */
export interface Hold {
  /** Returns true while no other run can have the lock. Call it before each append. */
  isCertain(): boolean;
  /** Aborts when it is not certain any more. */
  lost: AbortSignal;
  /** Never rejects. */
  release(): Promise<void>;
}

interface HoldOptions {
  lock: RunLock;
  holder: RunHolder;
  clock: Clock;
  /** Called once before waiting for a beat of another holder, with that holder and the longest wait. */
  onWait?: (holder: RunHolder, longestMs: number) => void;
}

/**
 * Takes the lock and shows from then on, every five seconds, that its holder lives. If another run holds it, waits up to 30 s for a beat of that run. It compares beats and no clocks.
 *
 * @throws {@link LockHeldError} when it does
 */
export async function holdLock(options: HoldOptions): Promise<Hold> {
  const { lock, holder } = options;
  const taken = (await lock.take(holder)) ?? (await outwait(options));
  return keep(taken, options);
}

async function outwait({ lock, holder, clock, onWait }: HoldOptions): Promise<HeldLock> {
  const first = await lock.read();
  if (first) onWait?.(first.holder, LEASE_MS);
  const untilMs = clock.now() + LEASE_MS;
  while (first && clock.now() < untilMs) {
    await clock.sleep(LOOK_EVERY_MS);
    const now = await lock.read();
    if (!now) break;
    if (now.token !== first.token || now.beats !== first.beats) throw new LockHeldError(now.holder);
  }
  const taken = await lock.take(holder, first);
  if (taken) return taken;
  throw new LockHeldError((await lock.read())?.holder ?? { ...holder, runId: 'Another run' });
}

function keep({ token }: HeldLock, { lock, clock }: HoldOptions): Hold {
  const ending = new AbortController();
  const lost = new AbortController();
  let certainMs = clock.now();
  const isCertain = () => !lost.signal.aborted && clock.now() - certainMs < SAFE_MS;

  const beatOnce = async () => {
    const startedMs = clock.now();
    // While the store is unavailable, nothing is certain for long.
    const isHeld = await lock.beat(token).catch(() => undefined);
    if (isHeld) certainMs = startedMs;
    if (isHeld === false || !isCertain()) lost.abort();
  };
  const beat = async () => {
    while (!ending.signal.aborted && !lost.signal.aborted) {
      await clock.sleep(BEAT_MS, ending.signal);
      if (!ending.signal.aborted) await beatOnce();
    }
  };
  const beating = beat();
  return {
    isCertain,
    lost: lost.signal,
    async release() {
      ending.abort();
      await beating;
      await lock.release(token).catch(() => undefined);
    },
  };
}
