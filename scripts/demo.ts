import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linesOf } from './demo/print-report.ts';
import { runDemo } from './demo/run-demo.ts';
import { SCENARIO } from './demo/scenario.ts';
import { exitCodeOf, isHelp, parseFlags } from './flags.ts';

const USAGE = `Usage: npm run demo [-- --json] [--target-credential FILE]

Runs the pipeline on free ports in a temporary folder, sends ${SCENARIO.events} events, waits until all are settled, and
reports. Exit code 0 only if every accepted event is archived, and delivered or dead-lettered, id by id.

  --target-credential FILE   sends what the file holds with every call, as npm start does`;

/** `npm run demo`: the main job on a pipeline of its own. Exit code 0 only if every event is accounted for, id by id. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const flags = parseFlags(argv, {
      json: { type: 'boolean' },
      'target-credential': { type: 'string' },
    });
    const dataDir = await mkdtemp(join(tmpdir(), 'orchestrator-demo-'));
    try {
      return await runAndReport(dataDir, flags.json ?? false, flags['target-credential']);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
}

async function runAndReport(
  dataDir: string,
  json: boolean,
  targetCredentialFile: string | undefined,
): Promise<number> {
  const { signal } = interruption();
  if (!json) console.error(`Starting the pipeline, then sending ${SCENARIO.events} events …`);
  try {
    const report = await runDemo({ dataDir, quiet: json, signal, targetCredentialFile });
    console.log(json ? JSON.stringify(report) : linesOf(report).join('\n'));
    return report.ok ? 0 : 1;
  } catch (error) {
    if (!signal.aborted) throw error;
    console.error('Interrupted.');
    return 1;
  }
}

/** Aborts at Ctrl-C or SIGTERM, so that what was started is ended. */
function interruption(): AbortController {
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => interrupt.abort(new Error('interrupted')));
  return interrupt;
}
