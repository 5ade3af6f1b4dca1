import { describe, expect, it, vi } from 'vitest';
import { createMetrics } from '../../../lib/metrics/emf-metrics.ts';
import { METRIC_LIST } from '../../../lib/metrics/vocabulary.ts';
import { MetricsRegistry } from '../../../local/metrics/metrics-registry.ts';
import { prometheusName } from '../../../local/metrics/prometheus-names.ts';
import { parseExposition, sampleOf } from '../../support/exposition.ts';

async function familiesOf(registry: MetricsRegistry) {
  const { text, contentType } = await registry.exposition();
  expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  return parseExposition(text);
}

function lab() {
  const registry = new MetricsRegistry();
  const dispatch = createMetrics('dispatch', 'ns', (line) => registry.takeLine(line));
  return { registry, dispatch };
}

describe('/metrics', () => {
  it('has every metric of the vocabulary from the start, counters at 0 and gauges unknown', async () => {
    const families = await familiesOf(new MetricsRegistry());
    const expected = METRIC_LIST.map(([name, definition]) => prometheusName(name, definition));
    expect([...families.keys()]).toEqual([...expected, 'orchestrator_target_health']);
    expect(sampleOf(families, 'orchestrator_delivered_total')).toBe(0);
    expect(sampleOf(families, 'orchestrator_refused_total', { reason: 'invalid' })).toBe(0);
    expect(families.get('orchestrator_backlog')?.samples).toEqual([]);
  });

  it('adds up the lines of functions, times in seconds', async () => {
    const { registry, dispatch } = lab();
    for (const delivered of [2, 3])
      dispatch.emit([
        { metric: 'Delivered', value: delivered },
        { metric: 'CallTime', value: [20, 70, 400_000] },
        { metric: 'HoldTime', value: 1500 },
        { metric: 'RateAllowed', value: 100 / delivered },
      ]);
    const families = await familiesOf(registry);
    expect(sampleOf(families, 'orchestrator_delivered_total')).toBe(5);
    expect(sampleOf(families, 'orchestrator_call_time_seconds_count')).toBe(6);
    expect(sampleOf(families, 'orchestrator_call_time_seconds_sum')).toBeCloseTo(800.18);
    expect(sampleOf(families, 'orchestrator_call_time_seconds_bucket', { le: '0.1' })).toBe(4);
    expect(sampleOf(families, 'orchestrator_hold_time_seconds_total')).toBe(3);
    expect(sampleOf(families, 'orchestrator_rate_allowed_per_second')).toBeCloseTo(33.3, 1);
  });

  it('counts a metric with a dimension by its values, and its total not besides', async () => {
    const { registry, dispatch } = lab();
    dispatch.emit([
      { metric: 'DeadLetters', value: 3 },
      { metric: 'DeadLetters', value: 2, of: 'rejected' },
      { metric: 'DeadLetters', value: 1, of: 'malformed' },
    ]);
    const families = await familiesOf(registry);
    expect(
      families.get('orchestrator_dead_letters_total')?.samples.map(({ value }) => value),
    ).toEqual([1, 2, 0, 0]);
  });

  it('has the state of the circuit', async () => {
    const { registry, dispatch } = lab();
    dispatch.emit([{ metric: 'TargetNotWell', value: 1 }], { targetHealth: 'sick' });
    const families = await familiesOf(registry);
    const states = families.get('orchestrator_target_health')?.samples;
    expect(states?.map(({ labels, value }) => [labels.state, value])).toEqual([
      ['well', 0],
      ['closed', 0],
      ['sick', 1],
    ]);
  });

  it('leaves out a gauge that is not known any more', async () => {
    const { registry } = lab();
    registry.take([{ metric: 'NextDue', value: 5 }]);
    expect(sampleOf(await familiesOf(registry), 'orchestrator_next_due_seconds')).toBe(5);
    registry.forget('NextDue');
    expect(sampleOf(await familiesOf(registry), 'orchestrator_next_due_seconds')).toBeUndefined();
  });

  it.each(['{"level":"info","message":"batch"}', '{"_aws":', 'no JSON', ''])(
    'passes over %j',
    async (line) => {
      const registry = new MetricsRegistry();
      const before = await registry.exposition();
      registry.takeLine(line);
      expect(await registry.exposition()).toEqual(before);
    },
  );
});

it('hands what it takes to those who listen', () => {
  const { registry } = lab();
  const taken = vi.fn();
  const end = registry.onChange(taken);
  const measurements = [{ metric: 'AcceptTime', value: [1, 2] }] as const;
  registry.take(measurements);
  end();
  registry.take([{ metric: 'Accepted', value: 1 }]);
  expect(taken.mock.calls).toEqual([[measurements]]);
});
