import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linesOf } from './demo/print-report.ts';
import { runDemo } from './demo/run-demo.ts';
import { SCENARIO } from './demo/scenario.ts';
import { exitCodeOf, parseFlags } from './flags.ts';

/** `npm run demo`: the main job on a pipeline of its own. Exit code 0 only if every event is accounted for, id by id. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    const { json = false } = parseFlags(argv, { json: { type: 'boolean' } });
    const interrupt = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => interrupt.abort(new Error('interrupted')));
    const dataDir = await mkdtemp(join(tmpdir(), 'orchestrator-demo-'));
    try {
      if (!json) console.error(`Starting the pipeline, then sending ${SCENARIO.events} events …`);
      const report = await runDemo({ dataDir, quiet: json, signal: interrupt.signal });
      console.log(json ? JSON.stringify(report) : linesOf(report).join('\n'));
      return report.ok ? 0 : 1;
    } catch (error) {
      if (!interrupt.signal.aborted) throw error;
      console.error('Interrupted.');
      return 1;
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
}
