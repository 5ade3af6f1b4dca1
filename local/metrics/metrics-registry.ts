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

/** State of one metric since the start of the run. */
export interface MetricState {
  /** Sum of a counter, newest value of a gauge, number of values of a distribution; `undefined` for a gauge that is unknown. */
  value: number | undefined;
  /** A counter by the values of its dimension. */
  by: Record<string, number>;
  /** The newest values of a distribution, in the metric's unit, at most {@link NEWEST_KEPT}. */
  newest: number[];
}

export type MetricsSnapshot = Record<MetricName, MetricState> & { targetHealth: string };

/** A measurement of the local run itself: of a metric that AWS measures in a deployment. */
export type LocalMeasurement = Omit<Measurement, 'metric'> & { metric: MetricName };

type Listener = (measurements: readonly LocalMeasurement[]) => void;

/** Newest values of a distribution that a snapshot has, for its percentiles. */
export const NEWEST_KEPT = 1000;

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
  readonly #states = new Map<MetricName, MetricState>();
  readonly #instruments = new Map<MetricName, Counter | Gauge | Histogram>();
  readonly #listeners = new Set<Listener>();
  readonly #targetHealth: Gauge;
  #health = 'well';

  constructor() {
    for (const [name, definition] of METRIC_LIST) {
      this.#states.set(name, emptyState(definition));
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
    this.#state(name).value = undefined;
    (this.#instruments.get(name) as Gauge).remove();
  }

  /** The current values, a copy. */
  snapshot(): MetricsSnapshot {
    const states = Object.fromEntries(
      [...this.#states].map(([name, { value, by, newest }]) => [
        name,
        { value, by: { ...by }, newest: [...newest] },
      ]),
    ) as Record<MetricName, MetricState>;
    return { ...states, targetHealth: this.#health };
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
    const state = this.#state(name);
    for (const value of valuesOf(measurement)) {
      noteIn(state, definition, value, of);
      instrument(
        this.#instruments.get(name),
        prometheusValue(value, definition),
        labelOf(definition, of),
      );
    }
  }

  #state(name: MetricName): MetricState {
    return this.#states.get(name) as MetricState;
  }

  #setHealth(state: string): void {
    this.#health = state;
    for (const one of TARGET_STATES) this.#targetHealth.set({ state: one }, one === state ? 1 : 0);
  }
}

function emptyState({ kind, dimension }: MetricDefinition): MetricState {
  const by = Object.fromEntries((dimension?.values ?? []).map((value) => [value, 0]));
  return { value: kind === 'gauge' ? undefined : 0, by, newest: [] };
}

function noteIn(
  state: MetricState,
  { kind }: MetricDefinition,
  value: number,
  of: string | undefined,
): void {
  if (kind === 'gauge') state.value = value;
  if (kind === 'counter') state.value = (state.value ?? 0) + value;
  if (kind === 'counter' && of !== undefined) state.by[of] = (state.by[of] ?? 0) + value;
  if (kind !== 'distribution') return;
  state.value = (state.value ?? 0) + 1;
  state.newest.push(value);
  if (state.newest.length > NEWEST_KEPT) state.newest.shift();
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
