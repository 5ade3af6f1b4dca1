import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CUSTOM_METRICS, METRIC_LIST } from '../../../lib/metrics/vocabulary.ts';
import { prometheusName } from '../../../local/metrics/prometheus-names.ts';
import { metricsTable } from '../../support/metrics-table.ts';

const DOCUMENT = await readFile(join(import.meta.dirname, '../../../docs/metrics.md'), 'utf8');

describe('docs/metrics.md', () => {
  it('has the vocabulary as the code has it', () => {
    expect(DOCUMENT).toContain(`\n${metricsTable()}\n`);
  });

  it('says how many custom metrics there are, and what they cost', () => {
    const usd = (CUSTOM_METRICS * 0.3).toFixed(2);
    expect(DOCUMENT).toContain(`All of them\nare ${CUSTOM_METRICS}: ${usd} dollars.`);
  });
});

describe('the vocabulary', () => {
  it('has a source for each metric, but for one that only a local run has', () => {
    const without = METRIC_LIST.filter(([, { service, aws }]) => !service === !aws);
    expect(without.map(([name]) => name)).toEqual(['Backlog']);
  });

  it('has a name of its own for each in Prometheus, with its unit', () => {
    const names = METRIC_LIST.map(([name, definition]) => prometheusName(name, definition));
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining([
        'orchestrator_dead_letters_total',
        'orchestrator_hold_time_seconds_total',
        'orchestrator_delivery_time_seconds',
        'orchestrator_rate_allowed_per_second',
      ]),
    );
  });
});
