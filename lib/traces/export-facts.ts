import type { Fact } from '../event/fact.ts';
import type { ExportSpans } from '../ports.ts';
import type { Sample } from './sample.ts';
import type { SpanExporter } from './span-exporter.ts';
import { type SpanSource, spansOf } from './spans-of-fact.ts';

/** Exports the spans of the facts that are sampled. */
export function createExportSpans(of: {
  exporter: Pick<SpanExporter, 'export'>;
  sample: Sample;
  source: SpanSource;
}): ExportSpans {
  const { exporter, sample, source } = of;
  return (facts: readonly Fact[], untilMs) =>
    exporter.export(
      facts.filter(sample).flatMap((fact) => spansOf(fact, source)),
      untilMs,
    );
}
