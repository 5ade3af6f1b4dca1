import { afterEach, beforeEach, vi } from 'vitest';

/** Everything that commands print in each test of a file, results and notes, in order. */
export interface CapturedOutput {
  /** Printed texts, one for each call. */
  lines: string[];
  /** All of it. */
  text(): string;
  clear(): void;
}

/** Keeps what commands print from the terminal, in every test of the file that calls it. */
export function captureOutput(): CapturedOutput {
  const output: CapturedOutput = {
    lines: [],
    text: () => output.lines.join('\n'),
    clear() {
      output.lines = [];
    },
  };
  const take = (line: unknown) => void output.lines.push(String(line));
  beforeEach(() => {
    output.clear();
    vi.spyOn(console, 'log').mockImplementation(take);
    vi.spyOn(console, 'error').mockImplementation(take);
  });
  afterEach(() => void vi.restoreAllMocks());
  return output;
}
