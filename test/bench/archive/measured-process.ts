import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Writes the most memory that the process ever had, in KiB, when it ends. */
const METER = `data:text/javascript,${encodeURIComponent(
  "import { writeFileSync } from 'node:fs';" +
    "process.on('exit', () => writeFileSync(process.env.METER_FILE, String(process.resourceUsage().maxRSS)));",
)}`;

export interface Measured {
  code: number | null;
  stdout: string;
  seconds: number;
  maxRssMiB: number;
}

/** Runs a script in a process of its own, and measures how long it takes and how much memory it has at most. */
export async function runMeasured(script: string, args: string[]): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-meter-'));
  const file = join(folder, 'rss');
  const startedMs = performance.now();
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--import', METER, script, ...args],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, METER_FILE: file } },
  );
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const seconds = (performance.now() - startedMs) / 1000;
  const maxRssMiB = Number(await readFile(file, 'utf8')) / 1024;
  await rm(folder, { recursive: true });
  return { code, stdout, seconds, maxRssMiB };
}
