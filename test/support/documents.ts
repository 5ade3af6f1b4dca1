import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path/posix';
import { type Markdown, readMarkdown } from './markdown.ts';

/** A repository as the checks of its documents see it; paths are relative to it and have no slash at the end. */
export interface Repository {
  files: Set<string>;
  folders: Set<string>;
  documents: Map<string, Markdown>;
  /** What `npm run` knows, and the flags of each. */
  commands: Map<string, Set<string>>;
}

/** Not ours, or made by building and running. */
const SKIPPED = new Set([
  'node_modules',
  '.git',
  '.orchestrator',
  '.install.lock',
  '.terraform',
  'dist',
  'coverage',
]);

/** Flags that belong to several commands, or whose usage is kept elsewhere. */
const SHARED_USAGE = ['scripts/stack/stack.ts'];
const OWN_USAGE: Record<string, string> = { start: 'local/pipeline-options.ts' };

/** Reads a repository from its folder. */
export async function readRepository(root: string): Promise<Repository> {
  const files = new Set<string>();
  const folders = new Set<string>();
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (SKIPPED.has(entry.name)) continue;
      (entry.isDirectory() ? folders : files).add(path);
      if (entry.isDirectory()) await walk(path);
    }
  };
  await walk('.');
  const read = (path: string) => readFile(join(root, path), 'utf8');
  const documents = new Map<string, Markdown>();
  for (const file of files)
    if (file.endsWith('.md')) documents.set(file, readMarkdown(await read(file)));
  const { scripts } = JSON.parse(await read('package.json')) as { scripts: object };
  const commands = new Map<string, Set<string>>();
  for (const name of Object.keys(scripts)) {
    const sources = [...files].filter((file) => isUsageOf(name, file));
    const texts = await Promise.all([...sources, ...SHARED_USAGE].map(read));
    commands.set(name, new Set(['--help', ...(texts.join('\n').match(/--[a-z][a-z-]*/g) ?? [])]));
  }
  return { files, folders, documents, commands };
}

function isUsageOf(command: string, file: string): boolean {
  const name = command.replace(':', '-');
  return (
    file === `scripts/${name}.ts` || file.startsWith(`scripts/${name}/`) || file === OWN_USAGE[name]
  );
}

/** Everything in a document that is not so; empty for a good one. */
export function problemsOf(path: string, repository: Repository): string[] {
  const document = repository.documents.get(path);
  if (!document) return [`${path} is no document`];
  return [
    ...document.unpaired.map((line) => `a backtick without another: ${line}`),
    ...document.links.flatMap((link) => linkProblem(link, path, repository)),
    ...codeLines(document).flatMap((line) => commandProblems(line, repository)),
    ...document.spans.flatMap((span) => pathProblem(span, path, repository)),
    ...document.fences.flatMap(mermaidProblem),
  ];
}

function linkProblem(link: string, path: string, repository: Repository): string[] {
  if (/^[a-z]+:/.test(link)) return [];
  const [target = '', anchor] = link.split('#');
  const file = target === '' ? path : normalize(join(dirname(path), target)).replace(/\/$/, '');
  if (!repository.files.has(file) && !repository.folders.has(file))
    return [`the link ${link} leads nowhere`];
  if (anchor === undefined || repository.documents.get(file)?.anchors.includes(anchor)) return [];
  return [`the link ${link} names no heading`];
}

/** Everything that somebody may type, a line each. */
function codeLines({ spans, fences }: Markdown): string[] {
  return [...spans, ...fences.flatMap(({ text }) => text.replaceAll('\\\n', ' ').split('\n'))];
}

const COMMAND = /\bnpm (?:run(?: -\S+)* ([\w:-]+)|(start|test)\b)([^#|;&>]*)/g;

function commandProblems(line: string, { commands }: Repository): string[] {
  return [...line.matchAll(COMMAND)].flatMap(([, run, short, rest = '']) => {
    const name = run ?? short ?? '';
    const known = commands.get(name);
    if (!known) return [`npm run ${name} is no command`];
    const flags = rest.match(/(?<=\s)--[a-z][a-z-]*/g) ?? [];
    return flags
      .filter((flag) => !known.has(flag))
      .map((flag) => `npm run ${name} does not know ${flag}`);
  });
}

/** `dir/name.ts`, `dir/` or `name.ts`; a star, or a word in angle brackets, stands for any name. */
const PATH = /^[\w.*-]+(?:\/[\w.*-]+)*\/?$/;
const OUR_FILE = /[\w*]\.(?:ts|mjs|tf|hcl|md|sql|yml|tfvars|tfvars\.json|tfbackend)$/;

function pathProblem(span: string, path: string, { files, folders }: Repository): string[] {
  const named = span.replace(/<[^>]*>/g, '*').replace(/^\.\//, '');
  if (!PATH.test(named)) return [];
  const paths = [...files, ...folders];
  const isThere = (pattern: RegExp) => paths.some((one) => pattern.test(one));
  const wanted = named.replace(/\/$/, '');
  if (!named.includes('/'))
    return !OUR_FILE.test(named) || isThere(globOf(`(.*/)?`, wanted))
      ? []
      : [`there is no file ${span}`];
  const [first = ''] = named.split('/');
  const bases = ['', `${dirname(path)}/`].filter((base) => folders.has(normalize(base + first)));
  if (bases.length === 0) return [];
  return bases.some((base) => isThere(globOf('', normalize(base + wanted))))
    ? []
    : [`there is no ${span}`];
}

function globOf(before: string, glob: string): RegExp {
  const escaped = glob.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*');
  return new RegExp(`^${before}${escaped}$`);
}

const DIAGRAM =
  /^(?:flowchart (?:LR|RL|TB|TD|BT)|sequenceDiagram|stateDiagram-v2|classDiagram|erDiagram|gantt|timeline)$/;

function mermaidProblem({ language, text }: { language: string; text: string }): string[] {
  if (language !== 'mermaid') return [];
  const [first = ''] = text.split('\n');
  return DIAGRAM.test(first.trim())
    ? []
    : [`a Mermaid block begins with "${first}", which is no diagram`];
}
