import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { AuditReport } from '../../lib/replay/audit.ts';
import { readTargetIds } from '../../scripts/demo/target-client.ts';
import {
  type CommandResult,
  type RunningStart,
  runCommand,
  startLocalRun,
} from './start-process.ts';
import { waitUntil } from './wait-until.ts';

// A target that refuses a second creation would hide it: this one makes it a second item.
const FLAGS = ['--archive-seconds', '1', '--rate', '200', '--target-allow-duplicates'];

export async function start(dataDir: string, furtherFlags: string[] = []): Promise<RunningStart> {
  const run = await startLocalRun(dataDir, [...FLAGS, ...furtherFlags]);
  onTestFinished(() => run.killGroup('SIGKILL'));
  return run;
}

export async function stop(run: RunningStart): Promise<CommandResult> {
  run.killGroup('SIGTERM');
  return run.exited;
}

/** Runs a command on the run of a folder; answers what it says to machines, and its exit code. */
export async function operate<Answer>(command: string, dataDir: string, flags: string[]) {
  const { code, stdout, stderr } = await runCommand(command, [
    ...flags,
    ...['--data-dir', dataDir, '--json'],
  ]);
  if (stdout === '') throw new Error(`${command} said nothing: ${stderr}`);
  return { code, answer: JSON.parse(stdout) as Answer };
}

/** Sends events and waits until all that were received have ended, by the archive; answers their ids. */
export async function sendAndEnd(dataDir: string, count: number, acked: string): Promise<string[]> {
  const known = await send(dataDir, count, acked);
  return endAll(dataDir, known);
}

/** A busy machine may refuse an event, which may be stored all the same: what counts is at least what was acknowledged. */
export async function send(
  dataDir: string,
  count: number,
  acked: string,
  ratePerSecond = 50,
): Promise<string[]> {
  const rate = String(ratePerSecond);
  await operate('send', dataDir, ['--count', String(count), '--rate', rate, '--acked', acked]);
  const ids = (await readFile(acked, 'utf8')).split('\n').filter(Boolean);
  expect(ids.length).toBeGreaterThan(count / 2);
  return ids;
}

/** A call that the target throttles while everything is cold parks its event for a minute, and `recover` looks once a minute. */
const PARKED_MS = 150_000;

export async function endAll(dataDir: string, known: string[]): Promise<string[]> {
  let ids: string[] = [];
  await waitUntil(
    'the archive of all ended events',
    async () => {
      const { answer } = await operate<AuditReport>('audit', dataDir, []);
      const { received, delivered } = answer.events;
      const isArchived = answer.unarchived.facts === 0;
      const run = JSON.parse(await readFile(join(dataDir, 'endpoints.json'), 'utf8'));
      ids = await readTargetIds(run.target);
      const isEnded = received >= known.length && delivered === received;
      return isArchived && isEnded && ids.length === received;
    },
    PARKED_MS,
  );
  expect(new Set(ids).size).toBe(ids.length);
  expect(known.filter((id) => !ids.includes(id))).toEqual([]);
  return ids;
}

export const HELD = { code: 0, answer: { holds: true, damages: [] } };
