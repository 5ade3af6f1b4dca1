import { Presets, SingleBar } from 'cli-progress';
import { printNote } from './output.ts';

/** Shows how far a count has come. */
export interface Progress {
  update(value: number, note?: string): void;
  stop(): void;
}

/** A bar on a terminal; elsewhere a line every five seconds while it changes. Writes to stderr, so that stdout stays for results. */
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

const LINE_EVERY_MS = 5000;

function createLines(label: string, total: number): Progress {
  let line = '';
  let told = '';
  const tell = () => {
    if (line === told) return;
    told = line;
    printNote(line);
  };
  const timer = setInterval(tell, LINE_EVERY_MS);
  return {
    update(value, note = '') {
      line = `${label.padEnd(10)} ${value}/${total} ${note}`;
    },
    stop() {
      clearInterval(timer);
      tell();
    },
  };
}
