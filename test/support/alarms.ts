/** What the names of alarms are made of. */
interface AlarmNames {
  functions: string[];
  deliveries: string[];
}

const FOR = /for (\w+)(?:, \w+)? in (.+?) :/;

/**
 * The alarms that `terraform/modules/observability/alarms.tf` makes, as it is written: names that stand there, alarms of their own among them, and names made of a
 * `for` over the functions or the delivery streams. Pure; throws on a `for` over anything else.
 */
export function alarmsOfTerraform(text: string, names: AlarmNames): string[] {
  let values: string[] = [];
  return text.split('\n').flatMap((line) => {
    const [, , source] = FOR.exec(line) ?? [];
    if (source !== undefined && /_alarms =/.test(line)) values = valuesOf(source, names);
    const [, alone] = /^ {2}alarm_name += "\$\{var\.prefix\}-([a-z-]+)"$/.exec(line) ?? [];
    if (alone !== undefined) return [alone];
    const [, literal] = /^ {4}([a-z][a-z0-9-]*) = \{$/.exec(line) ?? [];
    if (literal !== undefined) return [literal];
    const [, template] = /^ {4}"([^"]*\$\{\w+\}[^"]*)" =>? \{$/.exec(line) ?? [];
    return template === undefined
      ? []
      : values.map((value) => template.replace(/\$\{\w+\}/, value));
  });
}

function valuesOf(source: string, { functions, deliveries }: AlarmNames): string[] {
  const quoted = [...source.matchAll(/"(\w+)"/g)].map(([, name]) => name ?? '');
  if (source.startsWith('setintersection(')) return quoted;
  if (source === 'var.functions') return functions;
  if (source === 'var.delivery_streams') return deliveries;
  throw new Error(`alarms.tf makes alarms for ${source}, which is not known here`);
}

/** The delivery streams of `terraform/modules/archive/main.tf`: the keys of its `deliveries`. Pure. */
export function deliveriesOfTerraform(text: string): string[] {
  const block = /^ {2}deliveries = \{\n([\s\S]*?)^ {2}\}/m.exec(text)?.[1] ?? '';
  return [...block.matchAll(/^ {4}(\w+) = \{$/gm)].map(([, name]) => name ?? '');
}
