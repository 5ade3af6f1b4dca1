import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linesOf } from './demo/print-report.ts';
import { runDemo } from './demo/run-demo.ts';
import { SCENARIO } from './demo/scenario.ts';
import { exitCodeOf, isHelp, parseFlags } from './flags.ts';
import { print, printJson, printNote } from './output.ts';
import { readContract } from './target-contract.ts';

const USAGE = `Usage: npm run demo [-- --json] [--target-contract DIR] [--target-credential FILE]

Runs the pipeline on free ports in a temporary folder, sends ${SCENARIO.events} events, waits until all are settled, and
reports. Exit code 0 only if every accepted event is archived, and delivered or dead-lettered, id by id.

  --target-contract DIR   another contract for the same API (default: target/)
  --target-credential FILE   sends what the file holds with every call, as npm start does`;

/** `npm run demo`: the main job on a pipeline of its own. Exit code 0 only if every event is accounted for, id by id. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const flags = parseFlags(argv, {
      json: { type: 'boolean' },
      'target-contract': { type: 'string' },
      'target-credential': { type: 'string' },
    });
    const targetContract = flags['target-contract'];
    await readContract(targetContract);
    const dataDir = await mkdtemp(join(tmpdir(), 'orchestrator-demo-'));
    try {
      const targetCredentialFile = flags['target-credential'];
      const json = flags.json ?? false;
      return await runAndReport({ dataDir, targetContract, targetCredentialFile, json });
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
}

async function runAndReport(options: {
  dataDir: string;
  targetContract: string | undefined;
  targetCredentialFile: string | undefined;
  json: boolean;
}): Promise<number> {
  const { json, ...run } = options;
  const { signal } = interruption();
  if (!json) printNote(`Starting the pipeline, then sending ${SCENARIO.events} events …`);
  try {
    const report = await runDemo({ ...run, quiet: json, signal });
    if (json) printJson(report);
    else print(linesOf(report));
    return report.ok ? 0 : 1;
  } catch (error) {
    if (!signal.aborted) throw error;
    printNote('Interrupted.');
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
