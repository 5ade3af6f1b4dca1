import { describe, expect, it } from 'vitest';
import { JournalUnavailableError, NotDurableError } from '../../../lib/errors.ts';
import type { Fact, ReceivedFact } from '../../../lib/event/fact.ts';
import { createMakeDurable } from '../../../lib/ingest/make-durable.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createTestLog } from '../../support/test-log.ts';

const SETTINGS = { appendTimeoutMs: 100, spillAfterMs: 120, budgetMs: 350 };
const FACT: ReceivedFact = {
  v: 1,
  type: 'received',
  eventId: 'e-1',
  at: '2026-01-01T00:00:00.000Z',
  traceId: 'a'.repeat(32),
  payload: {},
};

/** How a store behaves on one attempt: how long it takes, and whether it then refuses, or fails without a word. */
interface Behaviour {
  ms: number;
  fails?: 'refused' | 'unknown';
}

const OK: Behaviour = { ms: 5 };
const HANGS: Behaviour = { ms: Number.POSITIVE_INFINITY };
const REFUSES: Behaviour = { ms: 2, fails: 'refused' };
const BREAKS: Behaviour = { ms: 2, fails: 'unknown' };
const SIX_REFUSALS = [...Array<Behaviour>(6).fill(REFUSES), OK];
const TEN_REFUSALS = [...Array<Behaviour>(10).fill(REFUSES), OK];
const NINE_BREAKS = [...Array<Behaviour>(9).fill(BREAKS), OK];

function lab(journal: Behaviour[], spill: Behaviour[]) {
  const clock = new ManualClock();
  const appends: { fact: Fact; elsewhere: boolean; atMs: number }[] = [];
  const spills: { atMs: number; given: AbortSignal }[] = [];
  const startMs = clock.now();
  const log = createTestLog();
  async function behave({ ms, fails }: Behaviour, signal: AbortSignal): Promise<void> {
    if (ms === Number.POSITIVE_INFINITY) await new Promise(() => undefined);
    await clock.sleep(ms);
    if (signal.aborted) throw new Error('aborted');
    if (fails) throw new JournalUnavailableError(fails, { mayHaveAppended: fails === 'unknown' });
  }
  const makeDurable = createMakeDurable(
    {
      append: (fact, { signal, elsewhere }) => {
        const behaviour = journal[Math.min(appends.length, journal.length - 1)] ?? OK;
        appends.push({ fact, elsewhere, atMs: clock.now() - startMs });
        return behave(behaviour, signal);
      },
      spill: {
        write: (_fact, signal) => {
          const behaviour = spill[Math.min(spills.length, spill.length - 1)] ?? OK;
          spills.push({ atMs: clock.now() - startMs, given: signal });
          return behave(behaviour, signal);
        },
      },
      clock,
      random: () => 0.5,
      log,
    },
    SETTINGS,
  );
  /** What it comes to, and after how many milliseconds. */
  async function run(ageMs = 0): Promise<{ outcome: string; tookMs: number }> {
    const fromMs = clock.now();
    let ended: { outcome: string; tookMs: number } | undefined;
    const end = (outcome: string) => {
      ended = { outcome, tookMs: clock.now() - fromMs };
    };
    void makeDurable(FACT, fromMs - ageMs).then(end, (error) => {
      end(error instanceof NotDurableError ? 'not durable' : String(error));
    });
    for (let step = 0; step < 1000 && !ended; step++) await clock.advance(1);
    return ended ?? { outcome: 'never', tookMs: 1000 };
  }
  return { run, appends, spills, log, clock };
}

describe('makeDurable', () => {
  it.each<[string, Behaviour[], Behaviour[], string, number]>([
    ['the journal takes it', [OK], [OK], 'stream', 5],
    ['the journal refuses once', [REFUSES, OK], [OK], 'stream', 20],
    ['the journal breaks once', [BREAKS, OK], [OK], 'stream', 20],
    ['the first attempt hangs', [HANGS, OK], [HANGS], 'stream', 115],
    ['the journal hangs', [HANGS], [OK], 'spill', 130],
    ['the journal refuses for good', [REFUSES], [OK], 'spill', 120],
    ['the journal hangs and the first spill breaks', [HANGS], [BREAKS, OK], 'spill', 150],
    ['the spill store is slow', [HANGS], [{ ms: 200 }], 'spill', 330],
    ['both hang', [HANGS], [HANGS], 'not durable', 351],
    ['both refuse', [REFUSES], [BREAKS], 'not durable', 351],
    ['the journal refuses ten times, the spill store down', TEN_REFUSALS, [BREAKS], 'stream', 350],
    ['the journal refuses six times, the spill store hangs', SIX_REFUSALS, [HANGS], 'stream', 350],
    ['the spill store breaks nine times', [HANGS], NINE_BREAKS, 'spill', 350],
    ['the journal is slow, the spill store down', [{ ms: 90 }], [BREAKS], 'stream', 95],
  ])('when %s', async (_, journal, spill, outcome, withinMs) => {
    const result = await lab(journal, spill).run();
    expect(result.outcome).toBe(outcome);
    expect(result.tookMs).toBeLessThanOrEqual(withinMs);
  });

  it('asks the spill store for nothing while the journal is well', async () => {
    const { run, spills, clock } = lab([{ ms: 80 }], [OK]);
    await run();
    await clock.advance(1000);
    expect(spills).toHaveLength(0);
  });

  it('goes to another shard with every retry', async () => {
    const { run, appends } = lab([REFUSES, REFUSES, OK], [OK]);
    await run();
    expect(appends.map(({ elsewhere }) => elsewhere)).toEqual([false, true, true]);
  });

  it('asks a journal that refuses five times, and then leaves the spill store its turn', async () => {
    const { run, appends } = lab([REFUSES], [{ ms: 40 }]);
    expect(await run()).toMatchObject({ outcome: 'spill' });
    expect(appends).toHaveLength(5);
  });

  it('marks what may be a second copy, and only that', async () => {
    const refused = lab([REFUSES, OK], [OK]);
    await refused.run();
    expect(refused.appends.map(({ fact }) => 'mayRepeat' in fact)).toEqual([false, false]);
    const broken = lab([BREAKS, REFUSES, OK], [OK]);
    await broken.run();
    expect(broken.appends.map(({ fact }) => 'mayRepeat' in fact)).toEqual([false, true, true]);
    const hung = lab([HANGS, OK], [HANGS]);
    await hung.run();
    expect(hung.appends.map(({ fact }) => 'mayRepeat' in fact)).toEqual([false, true]);
  });

  it('gives the other attempt up once one store has the fact', async () => {
    const { run, spills } = lab([{ ms: 95 }], [HANGS]);
    const spilling = lab([HANGS, { ms: 40 }], [HANGS]);
    await run();
    await spilling.run();
    expect(spilling.spills[0]?.given.aborted).toBe(true);
    expect(spills).toHaveLength(0);
  });

  it('takes one late append for an accident', async () => {
    const { run } = lab([HANGS, HANGS, OK], [OK]);
    expect(await run()).toMatchObject({ outcome: 'spill' });
    expect(await run()).toMatchObject({ outcome: 'stream' });
  });

  describe('while the journal is in trouble', () => {
    /** Each event that is spilled takes two attempts to append. */
    const TWO_LATE = [HANGS, HANGS, HANGS, HANGS];

    async function troubled(journal: Behaviour[], spill: Behaviour[]) {
      const made = lab([...TWO_LATE, ...journal], [OK, OK, ...spill]);
      for (let event = 0; event < 2; event++)
        expect(await made.run()).toMatchObject({ outcome: 'spill' });
      expect(made.appends).toHaveLength(TWO_LATE.length);
      return made;
    }

    it('asks the journal again soon, and then ever more rarely', async () => {
      const { run, clock, appends } = await troubled([HANGS], [OK]);
      const probedAtMs: number[] = [];
      const fromMs = clock.now();
      while (clock.now() < fromMs + 6000) {
        const before = appends.length;
        const startedMs = clock.now();
        await run();
        if (appends.length > before) probedAtMs.push(startedMs - fromMs);
        await clock.advance(10);
      }
      const gaps = probedAtMs.map((atMs, index) => atMs - (probedAtMs[index - 1] ?? 0));
      expect(gaps.map((gap) => Math.round(gap / 100) * 100)).toEqual([
        100, 200, 400, 800, 1000, 1000, 1000, 1000,
      ]);
    });

    it('asks the spill store alone, but for a probe now and then, and the journal again once it is well', async () => {
      const { run, spills, clock, appends, log } = await troubled([HANGS, OK, HANGS], [OK]);
      const asked = appends.length;
      const later = await run();
      expect(later.outcome).toBe('spill');
      expect(later.tookMs).toBeLessThanOrEqual(10);
      expect(appends).toHaveLength(asked);
      await clock.advance(100);
      const probe = await run();
      expect(probe.outcome).toBe('spill');
      expect(probe.tookMs).toBeLessThanOrEqual(130);
      expect(appends.length).toBeGreaterThan(asked);
      expect((await run()).tookMs).toBeLessThanOrEqual(10);
      await clock.advance(1000);
      expect(await run()).toMatchObject({ outcome: 'stream' });
      expect((await run()).tookMs).toBeGreaterThanOrEqual(120);
      expect(spills.length).toBe(log.lines.filter(({ level }) => level === 'warn').length);
    });

    it('gives a probe the time of any append: a journal that is slow is no journal in trouble', async () => {
      const { run, clock } = await troubled([{ ms: 90 }], [OK]);
      await clock.advance(1000);
      expect(await run()).toMatchObject({ outcome: 'stream' });
    });

    it('asks the spill store at the first failure of a probe', async () => {
      const { run, clock, spills } = await troubled([REFUSES], [OK]);
      await clock.advance(1000);
      const probe = await run();
      expect(probe).toMatchObject({ outcome: 'spill' });
      expect(probe.tookMs).toBeLessThanOrEqual(10);
      expect(spills).toHaveLength(3);
    });

    it.each<[string, Behaviour, number]>([
      ['fails', BREAKS, 15],
      ['hangs', HANGS, 70],
    ])('asks the journal as soon as the spill store %s', async (_, spill, withinMs) => {
      const { run } = await troubled([OK], [spill]);
      const later = await run();
      expect(later.outcome).toBe('stream');
      expect(later.tookMs).toBeLessThanOrEqual(withinMs);
      expect((await run()).outcome).toBe('stream');
    });
  });

  it('counts its budget from the arrival, but always tries', async () => {
    expect((await lab([HANGS], [HANGS]).run(80)).tookMs).toBeLessThanOrEqual(271);
    expect((await lab([HANGS], [HANGS]).run(240)).tookMs).toBeLessThanOrEqual(251);
    expect(await lab([HANGS], [{ ms: 300 }]).run(5000)).toMatchObject({ outcome: 'spill' });
  });
});
