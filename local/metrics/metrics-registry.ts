import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type Measurement, valuesOf } from '../../lib/metrics/measurement.ts';
import { readMetricLine } from '../../lib/metrics/read-emf.ts';
import {
  definitionOf,
  METRIC_LIST,
  type MetricDefinition,
  type MetricName,
} from '../../lib/metrics/vocabulary.ts';
import { prometheusName, prometheusValue } from './prometheus-names.ts';

/** A measurement of the local run itself: of a metric that AWS measures in a deployment. */
export type LocalMeasurement = Omit<Measurement, 'metric'> & { metric: MetricName };

type Listener = (measurements: readonly LocalMeasurement[]) => void;

/** Upper bounds in seconds: of the source's 500 ms and of a target's calls in detail, of a backlog in outline. */
const BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21_600, 86_400,
];

const TARGET_STATES = ['well', 'closed', 'sick'];

/**
 * The metrics of a run: adds up the lines that its functions write, and what the local run measures in the place of AWS. Counters begin at 0
 * with each start.
 */
export class MetricsRegistry {
  readonly #registry = new Registry();
  readonly #instruments = new Map<MetricName, Counter | Gauge | Histogram>();
  readonly #listeners = new Set<Listener>();
  readonly #targetHealth: Gauge;

  constructor() {
    for (const [name, definition] of METRIC_LIST) {
      this.#instruments.set(name, createInstrument(name, definition, this.#registry));
    }
    this.#targetHealth = new Gauge({
      name: 'orchestrator_target_health',
      help: 'Health of the target when the newest batch ended: 1 for its state, 0 for the others.',
      labelNames: ['state'],
      registers: [this.#registry],
    });
    this.#setHealth('well');
  }

  /** Takes a line that a function wrote; one that holds no metrics is passed over. */
  takeLine(line: string): void {
    const read = readMetricLine(line);
    if (!read) return;
    if (read.notes.targetHealth !== undefined) this.#setHealth(read.notes.targetHealth);
    this.take(read.measurements);
  }

  /** Takes measurements. */
  take(measurements: readonly LocalMeasurement[]): void {
    for (const measurement of measurements) this.#note(measurement);
    for (const listener of this.#listeners) listener(measurements);
  }

  /** Removes a gauge's value: it is unknown. */
  forget(name: MetricName): void {
    (this.#instruments.get(name) as Gauge).remove();
  }

  /** Calls `listener` with what is taken, many times a second under load. Returns a function that removes the listener. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The metrics as Prometheus reads them, and their content type (text format 0.0.4). */
  async exposition(): Promise<{ contentType: string; text: string }> {
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #note(measurement: LocalMeasurement): void {
    const { metric: name, of } = measurement;
    const definition = definitionOf(name);
    // The values of a dimension say the same as the total, and more.
    if (definition.dimension && of === undefined) return;
    for (const value of valuesOf(measurement)) {
      instrument(
        this.#instruments.get(name),
        prometheusValue(value, definition),
        labelOf(definition, of),
      );
    }
  }

  #setHealth(state: string): void {
    for (const one of TARGET_STATES) this.#targetHealth.set({ state: one }, one === state ? 1 : 0);
  }
}

function labelOf({ dimension }: MetricDefinition, of: string | undefined): Record<string, string> {
  return dimension && of !== undefined ? { [dimension.name]: of } : {};
}

function createInstrument(name: MetricName, definition: MetricDefinition, registry: Registry) {
  const { kind, dimension, meaning } = definition;
  const common = {
    name: prometheusName(name, definition),
    help: `${meaning[0]?.toUpperCase()}${meaning.slice(1).replaceAll('`', '')}.`,
    labelNames: dimension ? [dimension.name] : [],
    registers: [registry],
  };
  if (kind === 'distribution') return new Histogram({ ...common, buckets: BUCKETS });
  if (kind === 'gauge') {
    const gauge = new Gauge(common);
    // Unknown until it is measured, and not 0.
    gauge.remove();
    return gauge;
  }
  const counter = new Counter(common);
  for (const value of dimension?.values ?? []) counter.inc(labelOf(definition, value), 0);
  return counter;
}

function instrument(
  of: Counter | Gauge | Histogram | undefined,
  value: number,
  labels: Record<string, string>,
): void {
  if (of instanceof Counter) of.inc(labels, value);
  else if (of instanceof Gauge) of.set(labels, value);
  else of?.observe(labels, value);
}
