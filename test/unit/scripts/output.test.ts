import { describe, expect, it } from 'vitest';
import { printFailure, safeLines } from '../../../scripts/output.ts';
import { captureOutput } from '../../support/captured-output.ts';
import { HOSTILE, UNSAFE_OUTPUT } from '../../support/hostile-text.ts';

const printed = captureOutput();

describe('an error that no one expected', () => {
  it('is printed on one line, with where it came from', () => {
    printFailure(new TypeError('bad\u001b[2J\n    at forged (file.ts:1:1)'));
    printFailure('no\nerror');
    const [first = '', ...frames] = (printed.lines[0] ?? '').split('\n');
    expect(first).toBe('TypeError: bad\\u001b[2J\\n    at forged (file.ts:1:1)');
    expect(frames.some((frame) => frame.includes('output.test.ts'))).toBe(true);
    expect(frames.join()).not.toContain('forged');
    expect(printed.lines[1]).toBe('no\\nerror');
  });
});

describe('the lines of a command', () => {
  it('have everything escaped that a terminal obeys', () => {
    const lines = HOSTILE.map((text) => `name ${text}`);
    expect(safeLines(lines, false)).not.toMatch(UNSAFE_OUTPUT);
    expect(safeLines('a\u001b]0;title\u0007\nb', false)).toBe('a\\u001b]0;title\\u0007\nb');
  });

  it('keep our own styles where there are any, and nothing else', () => {
    const line = '\u001b[1m\u001b[32mbold\u001b[39m\u001b[22m \u001b[2J\u001b[5m\u001b[38;5;1m';
    expect(safeLines(line, true)).toBe(
      '\u001b[1m\u001b[32mbold\u001b[39m\u001b[22m \\u001b[2J\\u001b[5m\\u001b[38;5;1m',
    );
    expect(safeLines(line, false)).not.toMatch(UNSAFE_OUTPUT);
  });
});
