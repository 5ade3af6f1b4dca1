import type { ReadCounts } from '../lib/archive/entry.ts';
import { createWaitingNote, type WaitingNote } from './waiting-note.ts';

const EVERY_MS = 200;

/**
 * Says what a command does while it reads, on stderr: on a terminal in one line that goes away again; elsewhere as {@link createWaitingNote}. With
 * `silent`, nothing is said.
 */
export function createReadingNote(silent = false): WaitingNote {
  if (silent || !process.stderr.isTTY) return createWaitingNote(silent);
  let shownMs = 0;
  return {
    set(what) {
      if (Date.now() - shownMs < EVERY_MS) return;
      shownMs = Date.now();
      process.stderr.write(`\r\u001b[K${what}`);
    },
    stop: () => void (shownMs > 0 && process.stderr.write('\r\u001b[K')),
  };
}

/** The amount read so far, as a clause for a note. Pure. */
export const readingOf = ({ objects, facts }: ReadCounts) =>
  `reading: ${facts} facts in ${objects} objects`;
