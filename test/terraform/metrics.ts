import type { Stack } from './stack.ts';

/** A metric as an alarm or a line of the dashboard names it. */
export interface NamedMetric {
  namespace: string;
  metric: string;
  dimensions: Record<string, string>;
}

interface StateResource {
  type: string;
  values: Record<string, unknown>;
}

interface StateModule {
  resources?: StateResource[];
  child_modules?: StateModule[];
}

interface Widget {
  properties: { metrics: Line[] };
}

/** The metrics of the deployed dashboard and of the deployed alarms, as they stand in Terraform's state. */
export async function metricsOf(stack: Stack): Promise<{
  dashboard: NamedMetric[];
  alarms: NamedMetric[];
}> {
  const { output } = await stack.terraform('show', '-json');
  const { values } = JSON.parse(output) as { values: { root_module: StateModule } };
  const resources = resourcesOf(values.root_module);
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const bodies = ofType('aws_cloudwatch_dashboard').map(
    (resource) => JSON.parse(String(resource.values.dashboard_body)) as { widgets: Widget[] },
  );
  return {
    dashboard: bodies.flatMap(({ widgets }) => widgets).flatMap(metricsOfWidget),
    alarms: ofType('aws_cloudwatch_metric_alarm').flatMap(metricsOfAlarm),
  };
}

function resourcesOf({ resources = [], child_modules = [] }: StateModule): StateResource[] {
  return [...resources, ...child_modules.flatMap(resourcesOf)];
}

type Line = [namespace: string, metric: string, ...rest: unknown[]];

/** `[namespace, metric, name, value, …, {stat}]`. */
function metricsOfWidget({ properties }: Widget): NamedMetric[] {
  return properties.metrics.map(([namespace, metric, ...rest]) => {
    const texts = rest.filter((one): one is string => typeof one === 'string');
    const dimensions = Object.fromEntries(
      texts.flatMap((name, index) => (index % 2 === 0 ? [[name, texts[index + 1] ?? '']] : [])),
    );
    return { namespace, metric, dimensions };
  });
}

function metricsOfAlarm({ values }: { values: Record<string, unknown> }): NamedMetric[] {
  const {
    namespace,
    metric_name: metric,
    dimensions,
  } = values as Record<string, string> & {
    dimensions: Record<string, string>;
  };
  return namespace ? [{ namespace, metric: metric ?? '', dimensions }] : [];
}
