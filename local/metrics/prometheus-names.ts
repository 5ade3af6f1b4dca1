import type { MetricDefinition, MetricName } from '../../lib/metrics/vocabulary.ts';

/** Prometheus counts times in seconds. */
const SUFFIXES: Record<MetricDefinition['unit'], string> = {
  Count: '',
  Milliseconds: '_seconds',
  Seconds: '_seconds',
  'Count/Second': '_per_second',
};

/**
 * The name of a metric in Prometheus, such as `orchestrator_dead_letters_total`. Pure.
 * Source: https://prometheus.io/docs/practices/naming/
 */
export function prometheusName(name: MetricName, { kind, unit }: MetricDefinition): string {
  const words = name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();
  return `orchestrator_${words}${SUFFIXES[unit]}${kind === 'counter' ? '_total' : ''}`;
}

/** A value in the unit of Prometheus. Pure. */
export function prometheusValue(value: number, { unit }: MetricDefinition): number {
  return unit === 'Milliseconds' ? value / 1000 : value;
}
