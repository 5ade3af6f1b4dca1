import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pipelineSettings } from '../../lib/settings.ts';
import { type Rule, ruleOfSchema, type Schema } from '../support/schema-rules.ts';

const TERRAFORM = join(import.meta.dirname, '../../terraform');
const SHARED = ['variables-dispatch.tf', 'variables-ingest.tf', 'variables-projections.tf'];

/** The variables of a Terraform file with the ranges of their first validation, in the form this project writes them. */
async function rulesOfTerraform(): Promise<Record<string, Rule>> {
  const texts = await Promise.all(SHARED.map((file) => readFile(join(TERRAFORM, file), 'utf8')));
  const rules: Record<string, Rule> = {};
  for (const [, name = '', body = ''] of texts
    .join('\n')
    .matchAll(/^variable "(\w+)" \{\n([\s\S]*?)^\}/gm)) {
    const [, type = '', object] = /^ {2}type += (\w+)(?:\(\{([\s\S]*?)\}\))?$/m.exec(body) ?? [];
    const keys = [...(object ?? '').matchAll(/(\w+) += /g)].map(([, key = '']) => key).toSorted();
    rules[name] =
      object === undefined
        ? { type, ...rangeOf(/condition += (.*)/.exec(body)?.[1] ?? '') }
        : { type, keys };
  }
  return rules;
}

function valuesOf(condition: string): string[] | undefined {
  const list = /^contains\(\[(.*?)\]/.exec(condition)?.[1];
  return list?.split(', ').map((value) => JSON.parse(value));
}

function rangeOf(condition: string): Omit<Rule, 'type'> {
  const bound = (operator: string) => new RegExp(`${operator} (-?[\\d.]+)`).exec(condition)?.[1];
  const values = valuesOf(condition);
  const [minimum, maximum, also] = [bound('>='), bound('<='), bound('==')];
  return {
    ...(minimum ? { minimum: Number(minimum) } : {}),
    ...(maximum ? { maximum: Number(maximum) } : {}),
    ...(also ? { also: Number(also) } : {}),
    ...(condition.includes('floor(') ? { isWhole: true } : {}),
    ...(values ? { values } : {}),
  };
}

const entries = (pipelineSettings.pipe[0] as unknown as { entries: Record<string, Schema> })
  .entries;

describe('the settings that AWS and the local run share', () => {
  it('have the same names and ranges in Terraform', async () => {
    const ours = Object.fromEntries(
      Object.entries(entries).map(([name, schema]) => [name, ruleOfSchema(schema)]),
    );
    expect(await rulesOfTerraform()).toEqual(ours);
    expect(ours.shard_count).toEqual({ type: 'number', minimum: 1, maximum: 500, isWhole: true });
    expect(ours.target_limit).toEqual({ type: 'object', keys: ['calls', 'cost_per_call', 'per'] });
    expect(ours.on_systemic_rejection?.values).toEqual(['park', 'dead-letter']);
  });

  it('all have a value in the file that Terraform loads by itself', async () => {
    const file = join(TERRAFORM, 'pipeline.auto.tfvars.json');
    const values = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    expect(Object.keys(values).toSorted()).toEqual(Object.keys(entries).toSorted());
  });

  it('are the only variables of those files, and have no default beside that file', async () => {
    for (const file of SHARED)
      expect(await readFile(join(TERRAFORM, file), 'utf8')).not.toMatch(/^ {2}default/m);
    const files = await readdir(TERRAFORM);
    expect(files.filter((name) => name.startsWith('variables-')).toSorted()).toEqual(SHARED);
  });
});
