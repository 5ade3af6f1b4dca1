import type { ReadCounts } from '../lib/archive/entry.ts';
import { createWaitingNote } from './waiting-note.ts';

/** Says how far reading has come: one line on a terminal; elsewhere a line every few seconds, once it takes more than two. */
export interface ReadingNote {
  update(counts: ReadCounts, journalFacts?: number): void;
  stop(): void;
}

const EVERY_MS = 200;

export function createReadingNote(silent = false): ReadingNote {
  if (silent) return { update: () => undefined, stop: () => undefined };
  if (!process.stderr.isTTY) return createLines();
  let shownMs = 0;
  return {
    update({ objects, facts }, journalFacts = 0) {
      if (Date.now() - shownMs < EVERY_MS) return;
      shownMs = Date.now();
      const journal = journalFacts > 0 ? `, ${journalFacts} in the journal` : '';
      process.stderr.write(`\rreading    ${facts} facts in ${objects} objects${journal}`);
    },
    stop: () => void (shownMs > 0 && process.stderr.write('\r\u001b[K')),
  };
}

function createLines(): ReadingNote {
  const note = createWaitingNote();
  return {
    update: ({ objects, facts }) => note.set(`reading    ${facts} facts in ${objects} objects`),
    stop: () => note.stop(),
  };
}
