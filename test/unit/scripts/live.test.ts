import { describe, expect, it } from 'vitest';
import { FactMeter, perSecondOf } from '../../../lib/console/fact-meter.ts';
import type { FlowNumbers } from '../../../lib/console/flow-numbers.ts';
import { createFactTest } from '../../../scripts/live/fact-filter.ts';
import { flowLines } from '../../../scripts/live/flow-lines.ts';
import { cut, openScreen } from '../../../scripts/live/screen.ts';
import { lineOf } from '../../../scripts/tail.ts';
import { UNSAFE_OUTPUT } from '../../support/hostile-text.ts';
import { deadLettered, deferred, delivered, NOON_MS, received } from '../../support/timed-facts.ts';

describe('the screen of top', () => {
  it('leaves the terminal as it was, once', () => {
    const written: string[] = [];
    const screen = openScreen({ columns: 20, rows: 4, write: (text) => written.push(text) });
    screen.draw(['one', 'two', 'three', 'four', 'five']);
    screen.leave();
    screen.leave();
    expect(written[0]).toBe('\u001b[?1049h\u001b[?25l');
    expect(written[1]).toContain('three');
    expect(written[1]).not.toContain('four');
    expect(written.slice(2)).toEqual(['\u001b[?25h\u001b[?1049l']);
  });

  it('cuts lines to the width, and keeps the ends of styles', () => {
    expect(cut('\u001b[1mabcdef\u001b[22m', 3)).toBe('\u001b[1mabc\u001b[22m');
  });
});

describe('tail', () => {
  const facts = [
    received('a', { name: 'order.placed' }),
    received('b', { name: 'user.left' }),
    delivered('a'),
    deferred('b'),
    deadLettered('b', { reason: 'exhausted' }),
  ];
  const outcomes = ['deferred', 'delivered', 'deadLettered', 'dismissed'] as const;

  it.each([
    [{}, ['delivered', 'deferred', 'deadLettered']],
    [{ types: ['received'] as const }, ['received', 'received']],
    [{ id: 'b' }, ['deferred', 'deadLettered']],
    [{ name: 'order.placed' }, ['delivered']],
    [{ reason: 'EXHAUSTED' }, ['deadLettered']],
    [{ reason: 'http_503' }, ['deferred']],
  ])('keeps what %j wants', (filter, expected) => {
    const isWanted = createFactTest({ types: outcomes, ...filter });
    expect(facts.filter(isWanted).map(({ type }) => type)).toEqual(expected);
  });

  it('prints a fact on one line with any content', () => {
    const fact = deadLettered('\u202eid\n\u001b[31m');
    expect(lineOf(fact)).toContain('\\u202eid\\n\\u001b[31m');
    expect(lineOf(fact)).not.toMatch(UNSAFE_OUTPUT);
  });
});

describe('status', () => {
  const meter = new FactMeter();
  for (const fact of [received('a'), deadLettered('a')]) meter.take(fact, 'shard');
  const nowMs = NOON_MS + 10_000;
  const series = meter.series(nowMs);
  const flow: FlowNumbers = {
    ...{ atMs: nowMs, sinceMs: NOON_MS, series, perSecond: perSecondOf(series), latency: null },
    ...{ counts: meter.counts, shards: [], problems: ['Cannot read the archive: \u001b[31m'] },
    backlog: { count: 3, isAll: true, lagMs: 65_000 },
    rate: { allowed: 100, learned: null, pausedUntilMs: 0, lanesPerShard: 2 },
    dispatch: { state: 'Disabled', changedAtMs: NOON_MS },
    target: { ...meter.target, state: 'sick', lastFailure: 'unavailable (503)' },
    stores: {
      ...{ spilled: null, parked: { count: 10_000, isAll: false, nextDueMs: nowMs + 5000 } },
      ...{ givenUp: { count: 0, isAll: true }, openDeadLetters: { count: 1, isAll: true } },
      archivedMs: nowMs - 4000,
    },
  };

  it('says on one screen what a person should know, and nothing unsafe', () => {
    const lines = flowLines('the local run', flow);
    expect(lines.length).toBeLessThan(24);
    const text = lines.join('\n');
    for (const expected of [
      /journal +3 +oldest 65 s/,
      /dispatch +PAUSED +since 12:00:00; .*npm run resume/,
      /target +sick +unavailable \(503\)/,
      /parked +10000\+ +the next is due in 5 s/,
      /dead letters +1 +lately: rejected 1/,
      /spilled +–/,
      /archive +4 s/,
    ])
      expect(text).toMatch(expected);
    expect(text).not.toMatch(UNSAFE_OUTPUT);
  });
});
