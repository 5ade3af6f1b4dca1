import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Endpoints } from '../../scripts/endpoints.ts';

const ROOT = join(import.meta.dirname, '../..');

export interface CommandResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunningCommand {
  child: ChildProcess;
  exited: Promise<CommandResult>;
  /** Ends the whole process group, as `kill -9 -PID` does. */
  killGroup(signal: NodeJS.Signals): void;
}

/** Runs a command of the project as its users do, in a process group of its own. */
export function startCommand(
  command: string,
  flags: string[],
  environment: NodeJS.ProcessEnv = {},
): RunningCommand {
  const child = spawn(process.execPath, [join(ROOT, 'scripts/run.mjs'), command, ...flags], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', ...environment },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exited = new Promise<CommandResult>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return {
    child,
    exited,
    killGroup: (signal) => {
      if (child.pid && child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid, signal);
    },
  };
}

export function runCommand(
  command: string,
  flags: string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<CommandResult> {
  return startCommand(command, flags, environment).exited;
}

export interface RunningStart extends RunningCommand {
  endpoints: Endpoints;
}

/** `npm start` on free ports with its data in `dataDir`; resolves when it says that it is ready. */
export async function startLocalRun(dataDir: string, flags: string[] = []): Promise<RunningStart> {
  const all = ['--json', '--base-port', '0', '--data-dir', dataDir, ...flags];
  const command = startCommand('start', all);
  const lines = createInterface({ input: command.child.stdout as NodeJS.ReadableStream });
  const line = await Promise.race([
    new Promise<string>((resolve) => lines.once('line', resolve)),
    command.exited.then(({ code, stderr }) => {
      throw new Error(`start ended with ${code}: ${stderr}`);
    }),
  ]);
  return { ...command, endpoints: JSON.parse(line) as Endpoints };
}
