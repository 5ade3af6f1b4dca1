import { printNote } from './output.ts';

/** Says what a command waits for, once that takes more than two seconds. Writes to stderr, so that stdout stays for results. */
export interface WaitingNote {
  /** Sets what it waits for, as a clause such as `reading the journal`. */
  set(what: string): void;
  stop(): void;
}

const FIRST_AFTER_MS = 2000;
const AGAIN_AFTER_MS = 5000;

/** With `silent`, nothing is said. */
export function createWaitingNote(
  silent = false,
  tell: (line: string) => void = printNote,
): WaitingNote {
  if (silent) return { set: () => undefined, stop: () => undefined };
  let what = '';
  let timer: NodeJS.Timeout | undefined;
  const say = () => {
    tell(`${what} …`);
    timer = setTimeout(say, AGAIN_AFTER_MS);
  };
  return {
    set(text) {
      what = text;
      timer ??= setTimeout(say, FIRST_AFTER_MS);
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
