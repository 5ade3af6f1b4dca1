import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../../lib/metrics/emf-metrics.ts';
import type { Measurement } from '../../../lib/metrics/measurement.ts';
import { looksLikeMetrics, readMetricLine } from '../../../lib/metrics/read-emf.ts';

function linesOf(measurements: Measurement[], notes?: Record<string, string>): string[] {
  const lines: string[] = [];
  createMetrics('dispatch', 'orchestrator-test', (line) => lines.push(line)).emit(
    measurements,
    notes,
  );
  return lines;
}

const directiveOf = (line = '') => JSON.parse(line)._aws.CloudWatchMetrics[0];

describe('a line of metrics', () => {
  it('is in the embedded metric format: namespace, dimensions, units, values', () => {
    const [line] = linesOf([
      { metric: 'Delivered', value: 3 },
      { metric: 'CallTime', value: [5, 7] },
    ]);
    expect(directiveOf(line)).toEqual({
      Namespace: 'orchestrator-test',
      Dimensions: [['service']],
      Metrics: [
        { Name: 'Delivered', Unit: 'Count' },
        { Name: 'CallTime', Unit: 'Milliseconds' },
      ],
    });
    expect(JSON.parse(line ?? '')).toMatchObject({
      service: 'dispatch',
      Delivered: 3,
      CallTime: [5, 7],
    });
    expect(JSON.parse(line ?? '')._aws.Timestamp).toBeGreaterThan(1_700_000_000_000);
  });

  it('has one set of dimensions: each value of one gets a line', () => {
    const lines = linesOf([
      { metric: 'DeadLetters', value: 3 },
      { metric: 'DeadLetters', value: 1, of: 'rejected' },
      { metric: 'DeadLetters', value: 2, of: 'exhausted' },
    ]);
    expect(lines.map((line) => [directiveOf(line).Dimensions, readMetricLine(line)])).toEqual([
      [[['service']], { ...line(), measurements: [{ metric: 'DeadLetters', value: 3 }] }],
      [
        [['service', 'reason']],
        { ...line(), measurements: [{ metric: 'DeadLetters', value: 1, of: 'rejected' }] },
      ],
      [
        [['service', 'reason']],
        { ...line(), measurements: [{ metric: 'DeadLetters', value: 2, of: 'exhausted' }] },
      ],
    ]);
  });

  it('holds at most 100 values of a metric, and each value is in one line', () => {
    const values = Array.from({ length: 250 }, (_, index) => index);
    const lines = linesOf(
      [
        { metric: 'Calls', value: 250 },
        { metric: 'CallTime', value: values },
        { metric: 'QueueTime', value: values.slice(0, 120) },
      ],
      { targetHealth: 'well' },
    );
    const read = lines.map((line) => JSON.parse(line));
    expect(lines).toHaveLength(3);
    for (const { CallTime } of read) expect([CallTime].flat().length).toBeLessThanOrEqual(100);
    expect(read.flatMap(({ CallTime }) => CallTime)).toEqual(values);
    expect(read.flatMap(({ QueueTime = [] }) => QueueTime)).toEqual(values.slice(0, 120));
    expect(read.filter(({ Calls }) => Calls !== undefined)).toHaveLength(1);
  });

  it('leaves out what says nothing: a counter of 0, a distribution without values', () => {
    const quiet: Measurement[] = [
      { metric: 'Throttled', value: 0 },
      { metric: 'CallTime', value: [] },
    ];
    expect(linesOf(quiet)).toEqual([]);
    const [line] = linesOf([...quiet, { metric: 'TargetNotWell', value: 0 }]);
    expect(readMetricLine(line ?? '')?.measurements).toEqual([
      { metric: 'TargetNotWell', value: 0 },
    ]);
  });

  it('shows no control character of a note', () => {
    const [line = ''] = linesOf([{ metric: 'Calls', value: 1 }], { note: 'a\u202e\u001b[2Jb' });
    expect(line).toMatch(/^[ -~]+$/);
    expect(readMetricLine(line)?.notes).toEqual({ note: 'a\u202e\u001b[2Jb' });
  });
});

function line() {
  return { service: 'dispatch', notes: {} };
}

describe('reading lines', () => {
  it.each([
    ['a log line', '{"at":"2026-01-01T00:00:00.000Z","level":"info","message":"batch","Calls":1}'],
    ['no JSON', '{"_aws":{'],
    ['no object', '"_aws"'],
    ['metrics of someone else', '{"_aws":{"Timestamp":1},"service":"x","Other":1}'],
  ])('passes over %s', (_, text) => {
    expect(readMetricLine(text)).toBeUndefined();
  });

  it('knows a line by its beginning', () => {
    const [line = ''] = linesOf([{ metric: 'Calls', value: 1 }]);
    expect([looksLikeMetrics(line), looksLikeMetrics('{"level":"info"}')]).toEqual([true, false]);
  });
});
