import { describe, expect, it } from 'vitest';
import { readPipelineSettings } from '../../../lib/settings.ts';
import { estimate } from '../../../scripts/cost/estimate.ts';
import { eventsPerShard } from '../../../scripts/cost/limits.ts';
import { boundSentence, limitsPassed } from '../../../scripts/cost/print.ts';
import { shardsFor, targetBound, trafficOf } from '../../../scripts/cost/workload.ts';
import { SETTINGS_FILE } from '../../../scripts/settings-file.ts';

const SETTINGS = await readPipelineSettings(SETTINGS_FILE);
const SIX_DAYS = 6 * 86_400;
const OPTIONS = { streamMode: 'PROVISIONED', statusTable: 'off', timestream: false } as const;

describe('a rate-limited target', () => {
  it.each([
    [1, false],
    [8_640_000, false],
    [8_640_001, true],
  ])('of 100 a second, asked for %d events a day: exceeded is %s', (eventsPerDay, isExceeded) => {
    const workload = { eventsPerDay, ratePerSecond: 100, eventBytes: 500 };
    const bound = targetBound(workload, SIX_DAYS);
    expect(bound).toMatchObject({ capacityPerDay: 8_640_000, isExceeded });
    expect(bound.daysUntilGivenUp === null).toBe(!isExceeded);
  });

  it('falls half a day behind each day when twice as many arrive', () => {
    const workload = { eventsPerDay: 17_280_000, ratePerSecond: 100, eventBytes: 500 };
    expect(targetBound(workload, SIX_DAYS)).toMatchObject({
      backlogPerDay: 8_640_000,
      daysUntilGivenUp: 12,
    });
  });

  it('is delivered no more than it takes, by any design', () => {
    const workload = { eventsPerDay: 1e9, ratePerSecond: 100, eventBytes: 500 };
    expect(trafficOf(workload)).toMatchObject({ events: 30e9, delivered: 259_200_000 });
    const { designs } = estimate(workload, SETTINGS, OPTIONS);
    const calls = designs
      .flatMap(({ lines }) => lines)
      .filter(({ item }) => item === 'API destination');
    expect(calls.map(({ quantity }) => quantity)).toEqual([259_200_000]);
  });

  it('lets events wait no longer than the journal keeps them', () => {
    const workload = { eventsPerDay: 17_280_000, ratePerSecond: 100, eventBytes: 500 };
    const daysOf = (hours: number, recordAge: number) => {
      const changes = {
        stream_retention_hours: hours,
        dispatch_maximum_record_age_seconds: recordAge,
      };
      return estimate(workload, { ...SETTINGS, ...changes }, OPTIONS).target.daysUntilGivenUp;
    };
    expect(daysOf(168, SIX_DAYS)).toBe(12);
    expect(daysOf(24, SIX_DAYS)).toBe(2);
    expect(daysOf(168, -1)).toBe(14);
  });

  it('is named before anything else', () => {
    const of = (eventsPerDay: number) =>
      boundSentence(
        estimate({ eventsPerDay, ratePerSecond: 100, eventBytes: 500 }, SETTINGS, OPTIONS),
      );
    expect(of(864_000)).toBe(
      'The target takes 100/s × 86,400 s = 8,640,000 events a day; 864,000 are 10 % of that.',
    );
    expect(of(17_280_000)).toMatch(
      /^NOT SUSTAINABLE: .* 17,280,000 arrive.* 8,640,000 events more/,
    );
  });
});

describe('shards', () => {
  it.each([
    ['as set', 1000, 1],
    ['for 1,000 records a second', 30_000_000, 2], // 694/s at the peak, and their deliveries
  ])('are %s', (_, eventsPerDay, shards) => {
    const traffic = trafficOf({ eventsPerDay, ratePerSecond: 10_000, eventBytes: 100 });
    expect(shardsFor(traffic, { ...SETTINGS, shard_count: 1 }, OPTIONS)).toBe(shards);
  });

  it('are more where readers need them: 2 MiB a second for all together', () => {
    // 100/s at the peak of 100,000 bytes: 10 MB/s in, thrice that out
    const traffic = trafficOf({ eventsPerDay: 4_320_000, ratePerSecond: 100, eventBytes: 99_504 });
    expect(shardsFor(traffic, { ...SETTINGS, shard_count: 1 }, OPTIONS)).toBe(15);
    expect(
      shardsFor(traffic, { ...SETTINGS, shard_count: 1 }, { ...OPTIONS, statusTable: 'all' }),
    ).toBe(20);
  });
});

describe('limits', () => {
  const of = (eventsPerDay: number, ratePerSecond: number) =>
    estimate({ eventsPerDay, ratePerSecond, eventBytes: 500 }, SETTINGS, OPTIONS);

  it('stand lowest first', () => {
    for (const { limits } of of(1_000_000, 100).designs) {
      const rates = limits.map(({ eventsPerSecond }) => eventsPerSecond);
      expect(rates).toEqual(rates.toSorted((one, other) => one - other));
      expect(limits[0]?.name).toBe('the target');
    }
  });

  it('count both facts of an event: a shard carries 500 of them', () => {
    const traffic = trafficOf({ eventsPerDay: 1000, ratePerSecond: 100, eventBytes: 100 });
    expect(eventsPerShard(traffic, OPTIONS)).toBe(500);
    const large = trafficOf({ eventsPerDay: 1000, ratePerSecond: 100, eventBytes: 99_504 });
    expect(eventsPerShard(large, OPTIONS)).toBeCloseTo(2_097_152 / 3 / 100_000, 6);
  });

  it('name what the busiest second passes', () => {
    const { designs, traffic } = of(10e9 / 30, 5000);
    const names = designs.flatMap((one) =>
      limitsPassed(one, traffic.peakEventsPerSecond).map(({ name }) => name),
    );
    expect(names).toContain('the API’s throttle as deployed');
    expect(names).toContain('EventBridge, calls to an API destination');
    expect(names).not.toContain('HTTP API, requests of an account');
    expect(names).not.toContain('the target');
  });
});
