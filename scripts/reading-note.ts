import type { ReadCounts } from '../lib/archive/entry.ts';

/** One line on a terminal that says how far reading has come; nothing elsewhere. */
export interface ReadingNote {
  update(counts: ReadCounts, journalFacts?: number): void;
  stop(): void;
}

const EVERY_MS = 200;

export function createReadingNote(silent = false): ReadingNote {
  if (silent || !process.stderr.isTTY) return { update: () => undefined, stop: () => undefined };
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
