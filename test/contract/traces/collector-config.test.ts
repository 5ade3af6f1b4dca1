import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const FOLDER = join(import.meta.dirname, '../../../docs/otel-collector');
const files = await readdir(FOLDER);

interface Config {
  service: { extensions: string[]; pipelines: Record<string, Record<string, string[]>> };
  [kind: string]: Record<string, unknown>;
}

/** Every `authenticator` in a part of a configuration. */
function authenticatorsIn(part: unknown): unknown[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([key, value]) =>
    key === 'authenticator' ? [value] : authenticatorsIn(value),
  );
}

describe.each(files)('docs/otel-collector/%s', (file) => {
  it('is YAML whose pipelines, extensions and authenticators are all defined, and used', async () => {
    const config = parse(await readFile(join(FOLDER, file), 'utf8'), { strict: true }) as Config;
    const { service, extensions = {}, ...parts } = config;
    expect(service.extensions.toSorted()).toEqual(Object.keys(extensions).toSorted());
    const pipeline = service.pipelines.traces;
    expect(Object.keys(pipeline ?? {}).toSorted()).toEqual(Object.keys(parts).toSorted());
    for (const [kind, names] of Object.entries(pipeline ?? {}))
      expect(names.toSorted()).toEqual(Object.keys(config[kind] ?? {}).toSorted());
    for (const name of authenticatorsIn(parts)) expect(service.extensions).toContain(name);
  });

  it('takes OTLP over HTTP, with a token', async () => {
    const { receivers } = parse(await readFile(join(FOLDER, file), 'utf8'));
    expect(receivers.otlp.protocols.http).toMatchObject({
      endpoint: '0.0.0.0:4318',
      auth: { authenticator: 'bearertokenauth' },
      tls: { cert_file: expect.any(String) },
    });
  });
});

it('finds the configurations', () => {
  expect(files.toSorted()).toEqual(['cloudwatch.yaml', 'jaeger.yaml']);
});
