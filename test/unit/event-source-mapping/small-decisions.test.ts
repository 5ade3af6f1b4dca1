import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { laneOf } from '../../../local/event-source-mapping/lane.ts';
import { startableShards } from '../../../local/event-source-mapping/mapping-run.ts';
import { splitByAge } from '../../../local/event-source-mapping/next-step.ts';
import { retryBackoffMs } from '../../../local/event-source-mapping/retrying.ts';
import {
  assertSettings,
  type EventSourceMappingSettings,
} from '../../../local/event-source-mapping/settings.ts';
import { laneRecord, settings } from './support.ts';

describe('laneOf', () => {
  test('always sends a key to the same one of the lanes', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 10 }), (key, lanes) => {
        const lane = laneOf(key, lanes);
        expect(lane).toBe(laneOf(key, lanes));
        expect(lane).toBeGreaterThanOrEqual(0);
        expect(lane).toBeLessThan(lanes);
      }),
    );
  });

  test('spreads keys evenly', () => {
    const counts = [0, 0, 0, 0, 0];
    for (let at = 0; at < 5000; at += 1) {
      const lane = laneOf(`event-${at}`, 5);
      counts[lane] = (counts[lane] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe('retryBackoffMs', () => {
  test('does not wait before anything has failed', () => {
    expect(retryBackoffMs(0, () => 1)).toBe(0);
  });

  test('grows with failures, up to a ceiling, whatever the jitter', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, jitter) => {
          const delayMs = retryBackoffMs(n, () => jitter);
          expect(delayMs).toBeGreaterThan(0);
          expect(delayMs).toBeLessThanOrEqual(30_000);
          expect(retryBackoffMs(n + 1, () => jitter)).toBeGreaterThanOrEqual(delayMs);
        },
      ),
    );
  });
});

describe('splitByAge', () => {
  const now = 1_000_000;
  const aged = (n: number, ageSeconds: number) =>
    laneRecord(n, { arrivalMs: now - ageSeconds * 1000 });
  const records = [aged(1, 61), aged(2, 70), aged(3, 60), aged(4, 80), aged(5, 0)];
  const numbers = (some: readonly { sequenceNumber: string }[]) =>
    some.map((record) => record.sequenceNumber);

  test('takes out the expired ones in runs of neighbours', () => {
    const { live, expiredRuns } = splitByAge(records, now, 60);
    expect(numbers(live)).toEqual(['3', '5']);
    expect(expiredRuns.map(numbers)).toEqual([['1', '2'], ['4']]);
  });

  test('keeps everything when the age is unlimited', () => {
    expect(splitByAge(records, now, -1)).toEqual({ live: records, expiredRuns: [] });
  });
});

describe('startableShards', () => {
  const shard = (shardId: string, ...parentShardIds: string[]) => ({
    shardId,
    parentShardIds,
    closed: false,
  });
  const started = (statuses: Record<string, 'waiting' | 'reading' | 'finished'>) =>
    startableShards(
      [shard('a'), shard('b'), shard('c', 'a', 'b'), shard('d', 'gone')],
      (id) => statuses[id] ?? 'waiting',
    ).map(({ shardId }) => shardId);

  test.each([
    ['roots, and children of parents past retention', {}, ['a', 'b', 'd']],
    [
      'no child before both parents of a merge are finished',
      { a: 'finished', d: 'reading' },
      ['b'],
    ],
    ['the child of finished parents', { a: 'finished', b: 'finished', d: 'reading' }, ['c']],
  ] as const)('starts %s', (_, statuses, expected) => {
    expect(started(statuses)).toEqual(expected);
  });
});

describe('assertSettings', () => {
  test.each<Partial<EventSourceMappingSettings>>([
    { batchSize: 10_000, batchingWindowMs: 300_000, parallelizationFactor: 10 },
    { batchSize: 1, maximumRetryAttempts: 10_000, maximumRecordAgeSeconds: 604_800 },
    { maximumRetryAttempts: -1, maximumRecordAgeSeconds: -1 },
    { maximumRetryAttempts: 0, maximumRecordAgeSeconds: 60 },
  ])('accepts what AWS accepts: %j', (some) => {
    expect(() => assertSettings({ ...settings, ...some })).not.toThrow();
  });

  test('names every problem at once', () => {
    const wrong = {
      batchSize: 0,
      batchingWindowMs: 300_001,
      parallelizationFactor: 11,
      maximumRetryAttempts: -2,
      maximumRecordAgeSeconds: 59,
      filterPatterns: ['{', '{}', '{}', '{}', '{}', '{}'],
    };
    const [, ...problems] = problemsOf({ ...settings, ...wrong });
    expect(problems).toEqual([
      '  - batchSize: 0 is not 1 to 10000',
      '  - batchingWindowMs: 300001 is not 0 to 300000',
      '  - parallelizationFactor: 11 is not 1 to 10',
      '  - maximumRetryAttempts: -2 is not -1 to 10000',
      '  - maximumRecordAgeSeconds: 59 is not -1 or 60 to 604800',
      '  - filterPatterns: 6 patterns, at most 5',
      expect.stringContaining('  - filterPatterns[0]: '),
    ]);
  });
});

function problemsOf(wrong: EventSourceMappingSettings): string[] {
  try {
    assertSettings(wrong);
    return [];
  } catch (error) {
    return String(error).split('\n');
  }
}
