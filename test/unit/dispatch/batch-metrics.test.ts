import { describe, expect, it } from 'vitest';
import type { DeliveredFact } from '../../../lib/event/fact.ts';
import { type Measurement, valuesOf } from '../../../lib/metrics/measurement.ts';
import {
  createLaneLab,
  failure,
  idsOf,
  received,
  recordOf,
  recordsOf,
} from '../../support/lane-lab.ts';

/** Sums of counters and numbers of values of distributions, by name and dimension. */
function totalsOf(measurements: readonly Measurement[]): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const measurement of measurements) {
    const { metric, of } = measurement;
    const name = of === undefined ? metric : `${metric}.${of}`;
    const values = valuesOf(measurement);
    const value = Array.isArray(measurement.value)
      ? values.length
      : values.reduce((sum, one) => sum + one, 0);
    if (value !== 0) totals[name] = (totals[name] ?? 0) + value;
  }
  return totals;
}

function timesOf(metric: Measurement['metric'], measurements: readonly Measurement[]) {
  return measurements.filter((one) => one.metric === metric).flatMap(valuesOf);
}

describe('the metrics of a batch', () => {
  it('count what was delivered, with the time of each event and call', async () => {
    const lab = createLaneLab();
    const { measurements } = await lab.deliver(recordsOf(idsOf(40)));
    expect(totalsOf(measurements)).toEqual({
      ...{ Calls: 40, Booked: 40, RateAllowed: 100, Delivered: 40, 'Attempts.delivered': 40 },
      ...{ QueueTime: 40, CallTime: 40, DeliveryTime: 40 },
    });
    const facts = lab.factsOf('delivered') as DeliveredFact[];
    expect(timesOf('QueueTime', measurements)).toEqual(facts.map(({ queuedMs }) => queuedMs));
    expect(timesOf('DeliveryTime', measurements)).toEqual(
      facts.map(({ at }) => Date.parse(at) - Date.parse(received('x').at)),
    );
    for (const ms of timesOf('CallTime', measurements)) expect(ms).toBeGreaterThanOrEqual(50);
  });

  it('count dead letters by reason, attempts by outcome, lookups and conflicts', async () => {
    const lab = createLaneLab();
    lab.target.creates = (id) => {
      if (id === 'bad') return failure('rejected', 'BAD_USER_INPUT');
      return id === 'lost' && lab.target.countOf('lost') === 0 ? 'lost' : undefined;
    };
    lab.target.add('taken');
    const ids = ['lost', 'bad', 'taken', ...idsOf(30)];
    const malformed = recordOf({ ...received('malformed'), payload: { id: 'malformed' } }, 5000);
    const { measurements } = await lab.deliver([...recordsOf(ids), malformed]);
    expect(totalsOf(measurements)).toMatchObject({
      ...{ Delivered: 32, DeadLetters: 2, 'DeadLetters.rejected': 1, 'DeadLetters.malformed': 1 },
      ...{ 'Attempts.delivered': 30, 'Attempts.rejected': 1, 'Attempts.unknown': 1 },
      ...{ 'Attempts.duplicate': 1, Conflicts: 1, Lookups: 1, Calls: 34, CallTime: 34 },
    });
  });

  it('count an event that is parked, and not its times', async () => {
    const lab = createLaneLab();
    lab.target.creates = (id) => (id === 'slow' ? failure('unavailable', 'HTTP_500') : undefined);
    const { measurements } = await lab.deliver(recordsOf(['slow', ...idsOf(200)]));
    expect(totalsOf(measurements)).toMatchObject({
      ...{ Deferred: 1, Delivered: 200, 'Attempts.unavailable': 3, DeliveryTime: 200 },
    });
  });

  it('tell of a target that is not well, and how long nothing was sent', async () => {
    const lab = createLaneLab();
    lab.target.creates = () => failure('unavailable', 'HTTP_503');
    const { measurements, targetHealth } = await lab.deliver(recordsOf(idsOf(40)));
    expect(targetHealth).toBe('sick');
    const totals = totalsOf(measurements);
    expect(totals).toMatchObject({ TargetNotWell: 1, Deferred: 40 });
    expect(totals.HoldTime).toBeGreaterThan(20_000);
  });

  it('count refused calls, and the rate that follows from them', async () => {
    const lab = createLaneLab();
    let calls = 0;
    lab.target.creates = () => {
      calls += 1;
      return calls % 3 === 0 ? failure('throttled', 'HTTP_429') : undefined;
    };
    const totals = totalsOf((await lab.deliver(recordsOf(idsOf(200)))).measurements);
    expect(totals.Throttled).toBe(totals['Attempts.throttled']);
    expect(totals.Throttled).toBeGreaterThan(20);
    expect(totals.Booked).toBeGreaterThanOrEqual(totals.Calls ?? 0);
  });

  it('leave replays out of the times: their events were received before', async () => {
    const lab = createLaneLab();
    const replay = { runId: 'run', reason: 'test' };
    const { measurements } = await lab.deliver([recordOf(received('again', { replay }), 1)]);
    expect(totalsOf(measurements)).toMatchObject({ Delivered: 1, CallTime: 1 });
    expect(timesOf('QueueTime', measurements)).toEqual([]);
    expect(timesOf('DeliveryTime', measurements)).toEqual([]);
  });
});
