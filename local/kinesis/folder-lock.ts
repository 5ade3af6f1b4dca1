import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A process whose parent was killed needs a moment to end. */
const WAIT_MS = 3000;
const LOOK_AGAIN_MS = 100;

/**
 * Marks a folder as used by this process. The mark of a process that has ended, or ends within three seconds, counts for nothing. Answers how to
 * take it away.
 *
 * @throws when another process uses the folder
 */
export async function lockFolder(folder: string): Promise<() => void> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'lock');
  const giveUpMs = performance.now() + WAIT_MS;
  for (;;)
    try {
      writeFileSync(path, processName(process.pid) ?? '', { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const owner = readFileSync(path, 'utf8');
      if (!isAlive(owner)) rmSync(path, { force: true });
      else if (performance.now() < giveUpMs) await delay(LOOK_AGAIN_MS);
      else
        throw new Error(
          `another process uses its data folder (process ${owner.split(' ')[0]}, ${path})`,
        );
    }
}

/** Process id and, where the system tells it, start time, as ids are used again; `undefined` of a process that has ended. */
function processName(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Fields 3 (state) and 22 (start time) of proc(5), counted behind the name, which may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return /[ZX]/.test(fields[0] ?? '') ? undefined : `${pid} ${fields[19]}`;
  } catch {
    return hasEnded(pid) ? undefined : String(pid);
  }
}

function isAlive(owner: string): boolean {
  const pid = Number(owner.split(' ')[0]);
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  return processName(pid) === owner;
}

function hasEnded(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EPERM';
  }
}
