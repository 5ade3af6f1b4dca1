import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  alertConfig,
  authorizeConfig,
  dispatchConfig,
  ingestConfig,
  projectConfig,
  recoverConfig,
  statusConfig,
} from '../../../lib/config.ts';
import { pipelineSettings } from '../../../lib/settings.ts';
import { functionsOfTerraform } from '../../../scripts/deploy/terraform-functions.ts';
import { alarmsOfTerraform, deliveriesOfTerraform } from '../../support/alarms.ts';
import { problemsOf, type Repository, readRepository } from '../../support/documents.ts';
import { readMarkdown, spansOf, type Table } from '../../support/markdown.ts';
import { ruleOfSchema, type Schema } from '../../support/schema-rules.ts';

const ROOT = join(import.meta.dirname, '../../..');
const repository = await readRepository(ROOT);
const textOf = (path: string) => readFile(join(ROOT, path), 'utf8');

function tablesOf(document: string, isMeant: (headings: string[]) => boolean): Table[] {
  return (
    repository.documents.get(document)?.tables.filter(({ headings }) => isMeant(headings)) ?? []
  );
}

/** The rows under a heading, the first cell without its backticks, and only the next two. */
function rowsUnder(document: string, heading: string): string[][] {
  return tablesOf(document, (headings) => headings.at(-1) === heading).flatMap(({ rows }) =>
    rows.map(([name = '', value = '', range = '']) => [spansOf(name)[0] ?? name, value, range]),
  );
}

const number = (value: number) => value.toLocaleString('en-US');

/** As the tables say it; nothing for what has no range. */
function rangeOf(schema: Schema): string {
  const { type, minimum, maximum, also, values, keys } = ruleOfSchema(schema.wrapped ?? schema);
  if (values) return values.map((value) => `\`${value}\``).join(' or ');
  if (keys) return 'below';
  if (type === 'bool') return '`true` or `false`';
  if (minimum === undefined || maximum === undefined) return '';
  return `${also === undefined ? '' : `${number(also)}, or `}${number(minimum)} to ${number(maximum)}`;
}

function defaultOf({ type, default: value }: Schema): string {
  if (type !== 'optional') return 'required';
  if (value === undefined) return 'absent';
  if (value === '') return 'empty';
  return /^\d+$/.test(value) ? number(Number(value)) : value;
}

/** A list that is empty goes without saying. */
function textOfValue(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const said = Object.entries(value).filter(([, one]) => !Array.isArray(one) || one.length > 0);
  return JSON.stringify(Object.fromEntries(said));
}

describe.each([...repository.documents.keys()])('%s', (path) => {
  it('names only what is there', () => {
    expect(problemsOf(path, repository)).toEqual([]);
  });
});

describe('docs/lld.md', () => {
  it('has every setting, with its value and its range', async () => {
    const values = JSON.parse(await textOf('terraform/pipeline.auto.tfvars.json'));
    const { entries } = pipelineSettings.pipe[0] as unknown as { entries: Record<string, Schema> };
    const settings = Object.entries(entries).map(([name, schema]) => {
      const value = values[name];
      const text = typeof value === 'number' ? number(value) : `\`${textOfValue(value)}\``;
      return [name, text, rangeOf(schema) || 'any text'];
    });
    expect(rowsUnder('docs/lld.md', 'Settings')).toEqual(settings);
  });

  it.each(
    Object.entries({
      authorize: authorizeConfig,
      ingest: ingestConfig,
      recover: recoverConfig,
      dispatch: dispatchConfig,
      project: projectConfig,
      status: statusConfig,
      alert: alertConfig,
    }),
  )('has every environment variable of %s, with its default and its range', (name, config) => {
    const variables = Object.entries(config.entries as unknown as Record<string, Schema>).map(
      ([variable, schema]) => [variable, defaultOf(schema), rangeOf(schema)],
    );
    expect(rowsUnder('docs/lld.md', `Environment of ${name}`)).toEqual(variables);
  });

  it('has what every function may do', async () => {
    const functions = functionsOfTerraform(await textOf('terraform/functions.tf'));
    const named = rowsUnder('docs/lld.md', 'What each function may do').map(([name]) => name);
    expect(named.toSorted()).toEqual(functions.toSorted());
  });
});

describe('docs/runbook.md', () => {
  it('has every alarm, and no other', async () => {
    const functions = functionsOfTerraform(await textOf('terraform/functions.tf'));
    const deliveries = deliveriesOfTerraform(await textOf('terraform/modules/archive/main.tf'));
    const alarms = alarmsOfTerraform(await textOf('terraform/modules/observability/alarms.tf'), {
      functions,
      deliveries,
    });
    const rows = tablesOf('docs/runbook.md', (headings) => headings.includes('Alarms')).flatMap(
      ({ rows }) => rows,
    );
    expect(rows.flatMap(([name = '']) => spansOf(name)).toSorted()).toEqual(alarms.toSorted());
    expect(rows.filter((cells) => cells.length !== 4 || cells.includes(''))).toEqual([]);
    // As many as there are functions twice, consumers, deliveries twice, and ten by name.
    expect(alarms).toHaveLength(2 * functions.length + 2 + 2 * deliveries.length + 10);
  });

  it('names no alarm in docs/hld.md that there is not', async () => {
    const known = new Set(
      tablesOf('docs/runbook.md', (headings) => headings.includes('Alarms')).flatMap(({ rows }) =>
        rows.flatMap(([name = '']) => spansOf(name)),
      ),
    );
    const named = tablesOf('docs/hld.md', (headings) => headings.at(-1) === 'Failure modes')
      .flatMap(({ rows }) => rows.flatMap((cells) => spansOf(cells.at(-1) ?? '')))
      .filter((name) => name !== 'alarm_emails');
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('these checks', () => {
  /** The problems of a document of its own, beside the real ones. */
  function problemsIn(text: string): string[] {
    const documents = new Map([...repository.documents, ['docs/new.md', readMarkdown(text)]]);
    const files = new Set([...repository.files, 'docs/new.md']);
    return problemsOf('docs/new.md', { ...repository, documents, files } satisfies Repository);
  }

  it.each([
    ['[a](nowhere.md)', 'the link nowhere.md leads nowhere'],
    ['[a](../docs)[b](../READ.me)', 'the link ../READ.me leads nowhere'],
    ['[a](hld.md#no-such-heading)', 'the link hld.md#no-such-heading names no heading'],
    ['# Title\n[a](#titel)', 'the link #titel names no heading'],
    ['```sh\nnpm run replya -- --execute\n```', 'npm run replya is no command'],
    ['`npm run -s adit -- --json`', 'npm run adit is no command'],
    ['`npm run audit -- --form 24h`', 'npm run audit does not know --form'],
    ['```sh\nnpm start -- --shard 2\n```', 'npm run start does not know --shard'],
    ['```sh\nnpm run trace -- ID \\\n  --folow\n```', 'npm run trace does not know --folow'],
    ['`lib/ingest/makedurable.ts`', 'there is no lib/ingest/makedurable.ts'],
    ['`lib/dispach/`', 'there is no lib/dispach/'],
    ['`terraform/modules/<name>/mian.tf`', 'there is no terraform/modules/<name>/mian.tf'],
    ['`pacers.ts`', 'there is no file pacers.ts'],
    ['a `span that\ngoes on`', 'a backtick without another: a `span that'],
    [
      '```mermaid\nflowchard LR\n```',
      'a Mermaid block begins with "flowchard LR", which is no diagram',
    ],
  ])('see what is wrong with %j', (text, problem) => {
    expect(problemsIn(text)).toContain(problem);
  });

  it.each([
    '[a](hld.md#failure-modes), [b](../README.md), [c](https://example.com/x.md), [d](adr)',
    '# Same\n## Same\n[a](#same) [b](#same-1)',
    '`npm run audit -- --from 24h --stack stack.json`, `npm test`, `npm start -- --shards 2`',
    '`lib/dispatch`, `terraform/modules/<name>/main.tf`, `variables-*.tf`, `adr/0004-pacing.md`',
    '`facts/dt=2026-01-01/`, `spill/`, `stack.json`, `dist/`, `GET /`, `a|b`',
    '```mermaid\nstateDiagram-v2\n  a --> b\n```',
  ])('let %j be', (text) => {
    expect(problemsIn(text)).toEqual([]);
  });

  it('know the rows of a table and the headings above it', () => {
    const { tables } = readMarkdown('## A\n### B\n| x | y |\n| - | - |\n| `c` | d |\n\n## E\n');
    expect(tables).toEqual([{ headings: ['A', 'B'], rows: [['`c`', 'd']] }]);
  });

  it('do not pass over an alarm that is made in another way', () => {
    const text = `  new_alarms = { for name in var.buckets :\n    "\${name}-full" => {\n`;
    expect(() => alarmsOfTerraform(text, { functions: [], deliveries: [] })).toThrow('var.buckets');
  });
});
