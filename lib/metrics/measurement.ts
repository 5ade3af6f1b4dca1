import { definitionOf, type EmittedName } from './vocabulary.ts';

/** One or more values of a metric. */
export interface Measurement {
  metric: EmittedName;
  /** In the metric's unit. A distribution has any number of values. */
  value: number | readonly number[];
  /** Value of the metric's dimension; absent for a metric without one, and for a total. */
  of?: string;
}

/** Takes measurements, with notes that explain them and are no metrics. Never throws on values. */
export interface Metrics {
  emit(measurements: readonly Measurement[], notes?: Readonly<Record<string, string>>): void;
}

/** The values of a measurement. Pure. */
export function valuesOf({ value }: Pick<Measurement, 'value'>): readonly number[] {
  return typeof value === 'number' ? [value] : value;
}

/** Tells whether a measurement says anything: a counter of 0 and a distribution without values do not, a gauge of 0 does. Pure. */
export function isWorthALine(measurement: Measurement): boolean {
  const values = valuesOf(measurement);
  if (definitionOf(measurement.metric).kind === 'counter') return values.some((one) => one !== 0);
  return values.length > 0;
}

/** A counter by the values of its dimension. Pure. */
export function countsBy(metric: EmittedName, counts: ReadonlyMap<string, number>): Measurement[] {
  return [...counts].map(([of, value]) => ({ metric, value, of }));
}
