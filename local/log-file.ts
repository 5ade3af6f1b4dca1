import { createWriteStream, type WriteStream } from 'node:fs';
import { messageOf } from '../lib/errors.ts';

/** Pause before a file that could not be written is opened again. */
const TRY_AGAIN_MS = 5000;

interface LogFile {
  write(text: string): void;
  close(): Promise<void>;
}

/**
 * Appends to a file. A disk that is full ends nothing: what cannot be written is dropped, `tell` is told once, and the file is
 * opened again a few seconds later.
 */
export function openLogFile(path: string, tell: (line: string) => void): LogFile {
  let isTold = false;
  let failedMs = Number.NEGATIVE_INFINITY;
  let file: WriteStream | undefined;

  function open(): WriteStream {
    const opened = createWriteStream(path, { flags: 'a' });
    opened.on('error', (error) => {
      file = undefined;
      failedMs = performance.now();
      if (!isTold) tell(`The log ${path} cannot be written, lines are lost: ${messageOf(error)}`);
      isTold = true;
    });
    return opened;
  }

  file = open();
  return {
    write(text) {
      if (!file && performance.now() - failedMs < TRY_AGAIN_MS) return;
      file ??= open();
      file.write(text);
    },
    close: () =>
      new Promise((done) => {
        if (!file) return done();
        file.on('error', () => done());
        file.end(() => done());
      }),
  };
}
