import { beforeEach, describe, expect, it } from 'vitest';
import type { RunHolder } from '../../../lib/ports.ts';
import { type Hold, holdLock, LockHeldError } from '../../../lib/replay/hold-lock.ts';
import { InMemoryRunLock } from '../../support/in-memory-run-lock.ts';
import { ManualClock } from '../../support/manual-clock.ts';

let clock: ManualClock;
let lock: InMemoryRunLock;
let waited: string[];

beforeEach(() => {
  clock = new ManualClock();
  lock = new InMemoryRunLock();
  waited = [];
});

const holderOf = (runId: string): RunHolder => ({ runId, by: 'someone', since: 'now' });

const hold = (runId: string): Promise<Hold> =>
  holdLock({ lock, holder: holderOf(runId), clock, onWait: (other) => waited.push(other.runId) });

/** Its end, once it has one. */
function outcomeOf(holding: Promise<Hold>) {
  const outcome: { hold?: Hold; error?: Error } = {};
  holding.then(
    (is) => Object.assign(outcome, { hold: is }),
    (error) => Object.assign(outcome, { error }),
  );
  return outcome;
}

describe('the lock of replays', () => {
  it('is held by one run at a time, and free after it', async () => {
    const first = await hold('one');
    const second = outcomeOf(hold('two'));
    await clock.advance(7000);
    expect(second.error).toBeInstanceOf(LockHeldError);
    expect(second.error?.message).toContain('one of someone');
    expect(waited).toEqual(['one']);
    await first.release();
    expect((await hold('two')).isCertain()).toBe(true);
  });

  it('is taken over from a run that was killed, after 30 s', async () => {
    await lock.take(holderOf('killed'));
    const next = outcomeOf(hold('two'));
    await clock.advance(29_000);
    expect(next.hold).toBeUndefined();
    await clock.advance(3000);
    expect(next.hold?.isCertain()).toBe(true);
  });

  it('is taken over by one of two that wait', async () => {
    await lock.take(holderOf('killed'));
    const both = [outcomeOf(hold('two')), outcomeOf(hold('three'))];
    await clock.advance(40_000);
    expect(both.filter((one) => one.hold)).toHaveLength(1);
    expect(both.filter((one) => one.error instanceof LockHeldError)).toHaveLength(1);
  });

  it('stays certain while its holder can show that it lives', async () => {
    const { isCertain, lost } = await hold('one');
    for (let minute = 0; minute < 10; minute++) {
      await clock.advance(60_000);
      expect([isCertain(), lost.aborted]).toEqual([true, false]);
    }
  });

  it('is not certain before another can take it, when the store is unavailable', async () => {
    const { isCertain, lost } = await hold('one');
    lock.fails = true;
    await clock.advance(16_000);
    expect(isCertain()).toBe(false);
    await clock.advance(5000);
    expect(lost.aborted).toBe(true);
  });

  it('is lost by a process that was stopped and goes on, before it appends anything', async () => {
    const stopped = await hold('one');
    // No timer runs while it is stopped: its beats are missing.
    lock.ignoresBeats = true;
    const next = outcomeOf(hold('two'));
    await clock.advance(32_000);
    expect(next.hold?.isCertain()).toBe(true);
    expect(stopped.isCertain()).toBe(false);
    await stopped.release();
    expect((await lock.read())?.holder.runId).toBe('two');
  });
});
