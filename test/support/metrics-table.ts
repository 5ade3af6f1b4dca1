import { METRIC_LIST, type MetricDefinition } from '../../lib/metrics/vocabulary.ts';
import { prometheusName } from '../../local/metrics/prometheus-names.ts';

/** The table of docs/metrics.md, made from the vocabulary. Pure. */
export function metricsTable(): string {
  const rows = METRIC_LIST.map(([name, definition]) => [
    `\`${name}\``,
    `\`${prometheusName(name, definition)}\``,
    `${definition.kind}, ${definition.unit}`,
    dimensionOf(definition),
    sourceOf(definition),
    definition.meaning,
  ]);
  const head = ['CloudWatch', 'Prometheus', 'kind, unit', 'dimension', 'source on AWS', 'meaning'];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function dimensionOf({ dimension, hasTotal }: MetricDefinition): string {
  if (!dimension) return '–';
  const values = dimension.values.map((value) => `\`${value}\``).join(', ');
  return `${dimension.name}: ${values}${hasTotal ? '; and in all' : ''}`;
}

function sourceOf({ service, aws }: MetricDefinition): string {
  if (service) return `${service}, EMF`;
  if (!aws) return '–';
  return `\`${aws.namespace}\` \`${aws.metric}\`${aws.note ? `, ${aws.note}` : ''}`;
}
