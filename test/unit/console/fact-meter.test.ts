import { describe, expect, it } from 'vitest';
import { FactMeter, perSecondOf, SERIES_SECONDS } from '../../../lib/console/fact-meter.ts';
import { RecentIdentities } from '../../../lib/console/recent-identities.ts';
import { deliveredFact } from '../../support/sample-facts.ts';
import {
  deadLettered,
  deferred,
  delivered,
  dismissed,
  isoTime,
  NOON_MS,
  received,
} from '../../support/timed-facts.ts';

const SHARD = 'shardId-000000000000';
const replay = { runId: 'replay-1', reason: 'mended' };

function meterOf(...facts: Parameters<FactMeter['take']>[0][]): FactMeter {
  const meter = new FactMeter();
  for (const fact of facts) meter.take(fact, SHARD);
  return meter;
}

describe('a fact meter', () => {
  it('counts each fact once, however often it comes', () => {
    const meter = meterOf(received('a'), received('a'), delivered('a'), delivered('a'));
    expect(meter.counts).toMatchObject({ received: 1, delivered: 1, attempts: { delivered: 1 } });
  });

  it('counts a parked event that returns as neither received nor attempted again', () => {
    const first = deferred('a');
    const meter = meterOf(received('a'), first, received('a', { deferral: 1 }), {
      ...delivered('a', { deferral: 1, atMs: NOON_MS + 70_000 }),
      attempts: [
        ...first.attempts,
        { at: isoTime(NOON_MS + 69_995), ms: 5, outcome: 'delivered', status: 200 },
      ],
    } as Parameters<FactMeter['take']>[0]);
    expect(meter.counts).toMatchObject({
      ...{ received: 1, deferred: 1, delivered: 1, attempts: { unavailable: 1, delivered: 1 } },
    });
  });

  it('tells replays, dead letters by reason, and dismissals apart', () => {
    const meter = meterOf(
      deadLettered('a'),
      deadLettered('b', { reason: 'exhausted' }),
      deadLettered('c'),
      dismissed('c'),
      received('a', { replay }),
    );
    expect(meter.counts).toMatchObject({
      ...{ received: 0, replayed: 1, deadLettered: 3, dismissed: 1 },
      deadLetteredByReason: { rejected: 2, exhausted: 1 },
    });
  });

  it('gives counts by second, and means over the last five that are whole', () => {
    const seconds = [0, 1, 1, 3, 4, 5];
    const meter = meterOf(
      ...seconds.map((second, n) => received(`e${n}`, { atMs: NOON_MS + second * 1000 })),
    );
    const series = meter.series(NOON_MS + 6000);
    expect(series.fromSecond).toBe(NOON_MS / 1000 + 6 - SERIES_SECONDS);
    expect(series.values.received.slice(-6)).toEqual([1, 2, 0, 1, 1, 1]);
    // The second that has just ended may lack facts.
    expect(perSecondOf(series).received).toBe(5 / 5);
    expect(meter.ofShard(SHARD, NOON_MS + 6000)).toEqual({ received: 1, delivered: 0 });
  });

  it('measures from the receipt to the end of the call that delivered', () => {
    const attempts = [
      { at: isoTime(NOON_MS + 100), ms: 10, outcome: 'unavailable' as const, status: 503 },
      { at: isoTime(NOON_MS + 900), ms: 20, outcome: 'delivered' as const, status: 200 },
    ];
    const meter = meterOf(
      deliveredFact({ eventId: 'a', queuedMs: 100, attempts }),
      deliveredFact({ eventId: 'b', replay, queuedMs: 1e6, attempts }),
    );
    expect(meter.latency(NOON_MS + 1000)).toEqual({ p50: 920, p99: 920, events: 1 });
    expect(meter.latency(NOON_MS + 120_000)).toBeNull();
  });

  it('takes the target for sick by the rule of dispatch, and for well at the first success', () => {
    const meter = new FactMeter();
    for (let n = 0; n < 20; n++) meter.take(deferred(`e${n}`, { atMs: NOON_MS + 1000 + n }), SHARD);
    expect(meter.target).toMatchObject({ state: 'sick', lastFailure: 'unavailable (503)' });
    meter.take(delivered('good', { atMs: NOON_MS + 5000 }), SHARD);
    expect(meter.target).toMatchObject({ state: 'well', lastSuccessMs: NOON_MS + 5000 });
  });
});

it('remembers at least as many identities as it says, and forgets older ones', () => {
  const known = new RecentIdentities(3);
  const added = ['a', 'b', 'c', 'a', 'd', 'e', 'c', 'f', 'a'].map((text) => known.addNew(text));
  expect(added).toEqual([true, true, true, false, true, true, false, true, true]);
});
