import { readFile } from 'node:fs/promises';

/** Jiffies of all processors since the machine started, and those of them that the hypervisor gave to other machines (proc(5), `/proc/stat`). */
export interface ProcessorTime {
  all: number;
  stolen: number;
}

/** Zeros where the system does not tell. */
export async function readProcessorTime(): Promise<ProcessorTime> {
  const text = await readFile('/proc/stat', 'utf8').catch(() => '');
  const [, ...times] = (text.split('\n')[0] ?? '').trim().split(/\s+/);
  const all = times.slice(0, 8).reduce((sum, jiffies) => sum + Number(jiffies), 0);
  return { all, stolen: Number(times[7] ?? 0) };
}

/** The share of the processors' time that was stolen between two readings, 0 to 1: what a figure suffered that is not ours. */
export function stolenShare(from: ProcessorTime, to: ProcessorTime): number {
  return to.all > from.all ? (to.stolen - from.stolen) / (to.all - from.all) : 0;
}
