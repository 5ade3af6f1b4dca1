import { isJsonObject, jsonObjectOf } from '../event/source-event.ts';
import type { Measurement } from './measurement.ts';
import { definitionOf, type EmittedName, METRICS } from './vocabulary.ts';

/** One line of the embedded metric format. */
interface MetricLine {
  service: string;
  measurements: Measurement[];
  /** Texts in the line that are neither dimensions nor metrics. */
  notes: Record<string, string>;
}

/** Returns whether a line of output may hold metrics, for the price of looking at its beginning. */
export function looksLikeMetrics(line: string): boolean {
  return line.startsWith('{"_aws"');
}

/** Reads a line that a function wrote; `undefined` for one that holds no metrics of {@link METRICS}. Pure; never throws. */
export function readMetricLine(line: string): MetricLine | undefined {
  const root = parsed(line);
  if (root === undefined) return undefined;
  const names = Object.keys(root).filter((name): name is EmittedName =>
    Object.hasOwn(METRICS, name),
  );
  if (names.length === 0) return undefined;
  const measurements = names.map((metric) => measurementOf(metric, root));
  const dimensions = new Set(['service', ...names.flatMap(dimensionsOf)]);
  const notes = Object.entries(root).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && !dimensions.has(entry[0]),
  );
  return { service: String(root.service), measurements, notes: Object.fromEntries(notes) };
}

function measurementOf(metric: EmittedName, root: Record<string, unknown>): Measurement {
  const value = root[metric] as Measurement['value'];
  const [name] = dimensionsOf(metric);
  const of = name === undefined ? undefined : root[name];
  return typeof of === 'string' ? { metric, value, of } : { metric, value };
}

function dimensionsOf(metric: EmittedName): string[] {
  const { dimension } = definitionOf(metric);
  return dimension ? [dimension.name] : [];
}

function parsed(line: string): Record<string, unknown> | undefined {
  const root = jsonObjectOf(line);
  return isJsonObject(root?._aws) ? root : undefined;
}
