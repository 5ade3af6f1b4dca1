import { readdir, readFile } from 'node:fs/promises';

/** One process of a local run. */
export interface ProcessUse {
  pid: number;
  /** `main`, `emulators`, `target`, `npm`, or the function whose environment it is. */
  name: string;
  cpuMs: number;
  /** Its proportional share of memory (`Pss` in proc(5)). */
  megabytes: number;
}

/** Reads the living processes of these process groups; empty where there is no /proc. */
export async function readProcesses(groups: number[]): Promise<ProcessUse[]> {
  const ids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(ids.map((id) => readProcess(id, groups)));
  return all.flatMap((use) => use ?? []);
}

/** A clock tick on Linux (`sysconf(_SC_CLK_TCK)`), the same on every machine. */
const TICK_MS = 10;

async function readProcess(id: string, groups: number[]): Promise<ProcessUse | undefined> {
  const read = (file: string) => readFile(`/proc/${id}/${file}`, 'utf8').catch(() => '');
  const stat = await read('stat');
  // Fields from the third on (proc(5)): state, parent, process group, …, user time, system time.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (!groups.includes(Number(fields[2])) || fields[0] === 'Z') return undefined;
  const command = await read('cmdline');
  const kilobytes = /^Pss:\s+(\d+)/m.exec(await read('smaps_rollup'))?.[1];
  return {
    pid: Number(id),
    name:
      /local\/(emulators|target)\/main/.exec(command)?.[1] ??
      /dist\/([a-z]+)/.exec(command)?.[1] ??
      (command.startsWith('npm') ? 'npm' : 'main'),
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    megabytes: Number(kilobytes ?? 0) / 1024,
  };
}
