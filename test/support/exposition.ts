/**
 * A strict parser of Prometheus's text format 0.0.4, which refuses what `promtool check metrics` and a scrape would.
 * Source: https://github.com/prometheus/docs/blob/main/docs/instrumenting/exposition_formats.md
 */

export interface Sample {
  /** Name with its suffix, such as `x_bucket`. */
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface Family {
  type: string;
  help: string;
  samples: Sample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const COMMENT = new RegExp(`^# (HELP|TYPE) (${NAME}) (.*)$`);
const SAMPLE = new RegExp(`^(${NAME})(\\{.*\\})? (\\S+)$`);
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;
const VALUE = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]Inf|NaN)$/;
const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped'];

/** Reads an exposition. @throws an error that names the line of the first violation */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line must end with a line feed');
  const families = new Map<string, Family>();
  let current: string | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue;
    if (line.startsWith('#')) current = readComment(line, families);
    else readSample(line, current, families);
  }
  for (const [name, family] of families) checkFamily(name, family);
  return families;
}

function readComment(line: string, families: Map<string, Family>): string {
  const [, keyword, name = '', text = ''] = COMMENT.exec(line) ?? [];
  if (keyword === undefined) throw new Error(`neither HELP nor TYPE: ${line}`);
  const family = families.get(name);
  if (keyword === 'HELP') {
    if (family) throw new Error(`a second HELP, or one after TYPE: ${line}`);
    if (text.trim() === '') throw new Error(`an empty HELP: ${line}`);
    if (/\\(?![\\n])/.test(text)) throw new Error(`a bad escape in HELP: ${line}`);
    families.set(name, { type: '', help: text, samples: [] });
    return name;
  }
  if (!family) throw new Error(`TYPE without HELP: ${line}`);
  if (family.type !== '' || family.samples.length > 0) throw new Error(`a late TYPE: ${line}`);
  if (!TYPES.includes(text)) throw new Error(`an unknown type: ${line}`);
  family.type = text;
  return name;
}

function readSample(
  line: string,
  current: string | undefined,
  families: Map<string, Family>,
): void {
  const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
  if (!VALUE.test(value)) throw new Error(`no sample: ${line}`);
  const family = current === undefined ? undefined : families.get(current);
  if (!family || !namesOf(current ?? '', family.type).includes(name))
    throw new Error(`a sample outside of its family: ${line}`);
  const sample = { name, labels: readLabels(labels, line), value: numberOf(value) };
  const key = keyOf(sample);
  if (family.samples.some((other) => keyOf(other) === key))
    throw new Error(`the same sample twice: ${line}`);
  family.samples.push(sample);
}

function readLabels(text: string, line: string): Record<string, string> {
  if (text === '') return {};
  const inner = text.slice(1, -1);
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < inner.length) {
    const [, name, value = ''] = LABEL.exec(inner) ?? [];
    if (name === undefined) throw new Error(`bad labels: ${line}`);
    if (Object.hasOwn(labels, name)) throw new Error(`a label twice: ${line}`);
    labels[name] = value.replaceAll(/\\(["\\n])/g, (_, escaped) =>
      escaped === 'n' ? '\n' : escaped,
    );
  }
  return labels;
}

function namesOf(name: string, type: string): string[] {
  return type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name];
}

const keyOf = ({ name, labels }: Sample) =>
  JSON.stringify([name, Object.entries(labels).toSorted()]);

function numberOf(text: string): number {
  if (text.endsWith('Inf')) return text.startsWith('-') ? -Infinity : Infinity;
  return Number(text);
}

function checkFamily(name: string, family: Family): void {
  if (family.type === '') throw new Error(`${name} has no TYPE`);
  if (family.type === 'counter') checkCounter(name, family);
  if (family.type === 'histogram') checkHistogram(name, family);
}

function checkCounter(name: string, { samples }: Family): void {
  if (!name.endsWith('_total')) throw new Error(`the counter ${name} has no _total`);
  for (const { value } of samples)
    if (!(value >= 0)) throw new Error(`the counter ${name} is ${value}`);
}

/** Buckets grow, end with +Inf, and the last is the count. */
function checkHistogram(name: string, { samples }: Family): void {
  const series = Map.groupBy(samples, ({ labels: { le: _, ...rest } }) => JSON.stringify(rest));
  for (const [labels, ofSeries] of series) {
    const buckets = ofSeries.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map((bucket) => numberOf(bucket.labels.le ?? 'NaN'));
    const counts = buckets.map(({ value }) => value);
    const [count] = ofSeries.filter((sample) => sample.name === `${name}_count`);
    const [sum] = ofSeries.filter((sample) => sample.name === `${name}_sum`);
    if (!grows(bounds, true)) throw new Error(`the bounds of ${name}${labels} do not grow`);
    if (!grows(counts, false)) throw new Error(`the buckets of ${name}${labels} do not grow`);
    if (bounds.at(-1) !== Infinity) throw new Error(`${name}${labels} has no bucket +Inf`);
    if (!count || count.value !== counts.at(-1))
      throw new Error(`the count of ${name}${labels} is not that of its last bucket`);
    if (!sum || Number.isNaN(sum.value)) throw new Error(`${name}${labels} has no sum`);
  }
}

function grows(numbers: readonly number[], strictly: boolean): boolean {
  return numbers.every((value, index) => {
    const before = numbers[index - 1] ?? -Infinity;
    return strictly ? value > before : value >= before;
  });
}

/** The value of a sample, by its name and labels; `undefined` where there is none. */
export function sampleOf(
  families: Map<string, Family>,
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const wanted = keyOf({ name, labels, value: 0 });
  for (const { samples } of families.values())
    for (const sample of samples) if (keyOf(sample) === wanted) return sample.value;
  return undefined;
}
