import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { definitionOf, METRIC_LIST, type MetricName } from '../../../lib/metrics/vocabulary.ts';

const MODULE = join(import.meta.dirname, '../../../terraform/modules/observability');
const dashboard = await readFile(join(MODULE, 'dashboard.tf'), 'utf8');
const alarms = await readFile(join(MODULE, 'alarms.tf'), 'utf8');

/** A metric of our own as Terraform names it. */
interface Named {
  service: string;
  metric: string;
  dimension?: string | undefined;
  values?: string[] | undefined;
}

function onDashboard(): Named[] {
  const own =
    /\{ service = "(\w+)", metric = "(\w+)", stat = (?:"\w+"|stat)(?:, by = \{ (\w+) = local\.(\w+) \})? \}/g;
  return [...dashboard.matchAll(own)].map(([, service = '', metric = '', dimension, list]) => ({
    ...{ service, metric, dimension },
    values: list === undefined ? undefined : listOf(list),
  }));
}

function listOf(name: string): string[] {
  const [, items = ''] = new RegExp(`^ {2}${name} += \\[(.*)\\]$`, 'm').exec(dashboard) ?? [];
  return [...items.matchAll(/"(\w+)"/g)].map(([, item = '']) => item);
}

function inAlarms(): Named[] {
  const own = /namespace += var\.prefix, metric = "(\w+)", dimensions = \{ service = "(\w+)" \}/g;
  return [...alarms.matchAll(own)].map(([, metric = '', service = '']) => ({ service, metric }));
}

function definitionOfNamed({ metric }: Named) {
  return METRIC_LIST.some(([name]) => name === metric)
    ? definitionOf(metric as MetricName)
    : undefined;
}

/** The metrics that the code of each function measures, as they are written there. */
async function inCode(): Promise<string[]> {
  const services = ['ingest', 'dispatch', 'recover'];
  const names = services.map(async (service) => {
    const folder = join(import.meta.dirname, '../../../lib', service);
    const texts = (await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8'));
    const code = (await Promise.all(texts)).join('\n');
    const measured = code.matchAll(/metric: '(\w+)'|countsBy\('(\w+)'/g);
    return [...measured].map(([, name, counted]) => `${service} ${name ?? counted}`);
  });
  return [...new Set((await Promise.all(names)).flat())].toSorted();
}

it('has every metric of the vocabulary in the code of its function, and no other', async () => {
  const emitted = METRIC_LIST.filter(([, { service }]) => service !== undefined);
  expect(await inCode()).toEqual(
    emitted.map(([name, { service }]) => `${service} ${name}`).toSorted(),
  );
});

describe('the metrics that Terraform names', () => {
  it('are read by this test: none stands in another form', () => {
    expect(onDashboard()).toHaveLength(dashboard.match(/\bservice = "/g)?.length ?? 0);
    expect(inAlarms()).toHaveLength(alarms.match(/namespace += var\.prefix/g)?.length ?? 0);
  });

  it.each([...onDashboard(), ...inAlarms()])('are emitted: $metric of $service', (named) => {
    const definition = definitionOfNamed(named);
    expect(definition).toMatchObject({ service: named.service });
    if (named.dimension === undefined)
      expect(definition?.dimension === undefined || definition.hasTotal).toBe(true);
    else expect(definition?.dimension).toEqual({ name: named.dimension, values: named.values });
  });

  it('are all that functions emit, each on the dashboard with its dimension', () => {
    const shown = onDashboard().map(({ metric, dimension }) => [metric, dimension].join(' '));
    const emitted = METRIC_LIST.filter(([, { service }]) => service !== undefined);
    expect(new Set(shown)).toEqual(
      new Set(
        emitted.flatMap(([name, { dimension, hasTotal }]) => [
          [name, dimension?.name].join(' '),
          ...(hasTotal ? [`${name} `] : []),
        ]),
      ),
    );
  });

  it('include AWS’s own metrics of the vocabulary', () => {
    for (const [name, { aws }] of METRIC_LIST)
      if (aws) expect(dashboard, name).toMatch(`"${aws.namespace}", `);
    for (const [, { aws }] of METRIC_LIST) if (aws) expect(dashboard).toContain(`"${aws.metric}"`);
  });
});
