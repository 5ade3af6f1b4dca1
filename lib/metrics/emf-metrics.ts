import { Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';
import { writeToOutput } from '../log.ts';
import { safeJson } from '../safe-text.ts';
import { isWorthALine, type Measurement, type Metrics, valuesOf } from './measurement.ts';
import { definitionOf, type MetricService } from './vocabulary.ts';

/**
 * Values of one metric in a line. CloudWatch takes 100; Powertools publishes by itself at the hundredth, without the dimensions of what follows.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
const MAX_VALUES = 99;

/**
 * Creates the metrics of a function: lines on standard output in CloudWatch's embedded metric format, which CloudWatch makes metrics of after the
 * invocation. A line has one set of dimensions, so each value of a dimension gets a line of its own. What is delivered again is measured again: the numbers are at
 * least those of what happened.
 *
 * @param namespace that of the deployment's own metrics in CloudWatch
 */
export function createMetrics(
  service: MetricService,
  namespace: string,
  write: (line: string) => void = writeToOutput,
): Metrics {
  const metrics = new PowertoolsMetrics({ namespace, serviceName: service });

  function writeLine(part: readonly Measurement[], notes: Readonly<Record<string, string>>): void {
    const [name, of] = dimensionOf(part[0]);
    if (of !== undefined) metrics.addDimension(name, of);
    for (const [note, text] of Object.entries(notes)) metrics.addMetadata(note, text);
    for (const { metric, value } of part.flatMap(singleValues))
      metrics.addMetric(metric, definitionOf(metric).unit, value);
    write(safeJson(metrics.serializeMetrics()));
    metrics.clearMetrics();
    metrics.clearDimensions();
    metrics.clearMetadata();
  }

  return {
    emit(measurements, notes = {}) {
      const groups = Object.groupBy(measurements.filter(isWorthALine), (measurement) =>
        dimensionOf(measurement).join('='),
      );
      for (const [dimension, group = []] of Object.entries(groups))
        for (const part of partsOf(group)) writeLine(part, dimension === '' ? notes : {});
    },
  };
}

/** Name and value of the dimension; none of a metric without one, and of a total. Pure. */
function dimensionOf(measurement: Measurement | undefined): [name: string, of?: string] {
  if (measurement?.of === undefined) return [''];
  return [definitionOf(measurement.metric).dimension?.name ?? '', measurement.of];
}

function singleValues(measurement: Measurement) {
  return valuesOf(measurement).map((value) => ({ metric: measurement.metric, value }));
}

/** The measurements in lines, of which each holds as many values as it may. Pure. */
function partsOf(group: readonly Measurement[]): Measurement[][] {
  const parts: Measurement[][] = [];
  for (const measurement of group) {
    const values = valuesOf(measurement);
    for (let from = 0, part = 0; from < values.length; from += MAX_VALUES, part += 1) {
      parts[part] ??= [];
      parts[part]?.push({ ...measurement, value: values.slice(from, from + MAX_VALUES) });
    }
  }
  return parts;
}
