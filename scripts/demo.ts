import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linesOf } from './demo/print-report.ts';
import { runDemo } from './demo/run-demo.ts';
import { SCENARIO } from './demo/scenario.ts';
import { exitCodeOf, isHelp, parseFlags } from './flags.ts';
import { readContract } from './target-contract.ts';

const USAGE = `Usage: npm run demo [-- --json] [--target-contract DIR]

Runs the pipeline on free ports in a temporary folder, sends ${SCENARIO.events} events, waits until all are settled, and
reports. Exit code 0 only if every accepted event is archived, and delivered or dead-lettered, id by id.

  --target-contract DIR   another contract for the same API (default: target/)`;

/** `npm run demo`: the main job on a pipeline of its own. Exit code 0 only if every event is accounted for, id by id. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const { json = false, 'target-contract': targetContract } = parseFlags(argv, {
      json: { type: 'boolean' },
      'target-contract': { type: 'string' },
    });
    await readContract(targetContract);
    const dataDir = await mkdtemp(join(tmpdir(), 'orchestrator-demo-'));
    try {
      return await runAndReport({ dataDir, targetContract, json });
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
}

async function runAndReport(options: {
  dataDir: string;
  targetContract: string | undefined;
  json: boolean;
}): Promise<number> {
  const { json, ...run } = options;
  const { signal } = interruption();
  if (!json) console.error(`Starting the pipeline, then sending ${SCENARIO.events} events …`);
  try {
    const report = await runDemo({ ...run, quiet: json, signal });
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
