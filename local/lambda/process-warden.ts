import { type ChildProcess, spawn } from 'node:child_process';

/** Wakes the processes that it was told of when its input ends. It outlasts signals to the process group. */
const SCRIPT = `trap '' INT TERM HUP
while read -r pid; do pids="$pids $pid"; done
kill -CONT $pids 2>/dev/null`;

let warden: ChildProcess | undefined;

/**
 * Sees to it that a process that may be stopped by SIGSTOP goes on when this one has ended, however that happens: a stopped
 * process does not notice that its parent is gone, and would stay for ever. One shell does so for all.
 */
export function wakeAtParentEnd(pid: number): void {
  if (!warden) {
    warden = spawn('sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'] });
    warden.on('error', () => {});
    warden.stdin?.on('error', () => {});
    warden.unref();
    // A pipe to a child is a socket, which would keep this process running.
    (warden.stdin as unknown as { unref(): void }).unref();
  }
  warden.stdin?.write(`${pid}\n`);
}
