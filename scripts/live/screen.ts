import { safeLines } from '../output.ts';

/** A terminal, as far as a screen needs it. */
export interface Terminal {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/** A screen that is drawn again and again, and leaves the terminal as it was. */
export interface Screen {
  draw(lines: readonly string[]): void;
  /** May be called again. */
  leave(): void;
}

/** ECMA-48 and xterm: the alternate screen keeps what the terminal showed. */
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_REST = '\u001b[J';

/** Opens the terminal's other screen, without a cursor. */
export function openScreen(terminal: Terminal): Screen {
  let isOpen = true;
  terminal.write(ENTER);
  return {
    draw(lines) {
      const shown = lines.slice(0, Math.max(1, (terminal.rows ?? 24) - 1));
      const text = safeLines(shown.map((line) => cut(line, terminal.columns ?? 80)));
      terminal.write(
        `${HOME}${text.replaceAll('\n', `${CLEAR_LINE}\n`)}${CLEAR_LINE}${CLEAR_REST}`,
      );
    },
    leave() {
      if (!isOpen) return;
      isOpen = false;
      terminal.write(LEAVE);
    },
  };
}

/** A style takes no room. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals know styles by it
const STYLE_OR_CHARACTER = /\u001b\[\d+m|./gsu;

/** Cuts a line to the width of the terminal, so that it takes one row; styles stay. Pure. */
export function cut(line: string, columns: number): string {
  let width = 0;
  return [...line.matchAll(STYLE_OR_CHARACTER)]
    .map(([part]) => {
      if (part.startsWith('\u001b[')) return part;
      width += 1;
      return width > columns ? '' : part;
    })
    .join('');
}
