import { Presets, SingleBar } from 'cli-progress';
import { printNote } from './output.ts';

/** Shows how far a count has come. */
export interface Progress {
  update(value: number, note?: string): void;
  stop(): void;
}

/** A bar on a terminal; elsewhere a line whenever another quarter is done. Writes to stderr, so that stdout stays for results. */
export function createProgress(label: string, total: number, silent = false): Progress {
  if (silent || total === 0) return { update: () => undefined, stop: () => undefined };
  return process.stderr.isTTY ? createBar(label, total) : createLines(label, total);
}

function createBar(label: string, total: number): Progress {
  const format = `${label.padEnd(10)} {bar} {value}/{total} {note}`;
  const bar = new SingleBar({ format, stream: process.stderr, hideCursor: true }, Presets.rect);
  bar.start(total, 0, { note: '' });
  return { update: (value, note = '') => bar.update(value, { note }), stop: () => bar.stop() };
}

function createLines(label: string, total: number): Progress {
  let quarters = 0;
  return {
    update(value, note = '') {
      const reached = Math.floor((value / total) * 4);
      if (reached <= quarters) return;
      quarters = reached;
      printNote(`${label.padEnd(10)} ${value}/${total} ${note}`);
    },
    stop: () => undefined,
  };
}
