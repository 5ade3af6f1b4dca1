import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvCell, csvText, escapeControls, safeJson, shellQuoted } from '../../lib/safe-text.ts';
import { HOSTILE, UNSAFE_OUTPUT } from '../support/hostile-text.ts';

/** Any text, often with what is dangerous. */
const anyText = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE, "'", '"', '\\', '%s', '$(x)', '`'), fc.string()))
  .map((parts) => parts.join(''));

describe('escapeControls', () => {
  it.each([
    ['\u001b[31mRED\u001b]0;title\u0007', '\\u001b[31mRED\\u001b]0;title\\u0007'],
    ['a\r\nb\tc', 'a\\r\\nb\\tc'],
    ['\u009b2J\u007f', '\\u009b2J\\u007f'],
    ['\u202egnp.exe\u2066\u200f\u061c', '\\u202egnp.exe\\u2066\\u200f\\u061c'],
    ['\u2028\ufeff\u{e0041}\ud800', '\\u2028\\ufeff\\u{e0041}\\ud800'],
    ['Zoë 👩‍👩‍👧 שלום می‌خواهم', 'Zoë 👩‍👩‍👧 שלום می‌خواهم'],
  ])('shows %j as %s', (text, shown) => {
    expect(escapeControls(text)).toBe(shown);
  });

  it('leaves nothing that a terminal obeys, and nothing to escape again', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const shown = escapeControls(text);
        expect(shown).not.toMatch(UNSAFE_OUTPUT);
        expect(escapeControls(shown)).toBe(shown);
      }),
    );
  });
});

describe('safeJson', () => {
  it('is one line without unsafe characters, and the same value to a parser', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const json = safeJson({ [text]: [text, 1, null] });
        expect(json).not.toMatch(UNSAFE_OUTPUT);
        expect(JSON.parse(json)).toEqual({ [text]: [text, 1, null] });
      }),
    );
  });
});

describe('csvCell', () => {
  it.each([
    ['=HYPERLINK("http://x")', '"\'=HYPERLINK(""http://x"")"'],
    ['+1+1', '"\'+1+1"'],
    ['-NxFirebase', '"\'-NxFirebase"'],
    ['@SUM(A1)', '"\'@SUM(A1)"'],
    ['＝1+1', '"\'＝1+1"'],
    ["'=1", '"\'\'=1"'],
    ['a;=1', '"a;=1"'],
    ['\t=1', '\\t=1'],
    ['\r=1', '\\r=1'],
    ['-12.5', '-12.5'],
    ['+3e8', '+3e8'],
    [-7, '-7'],
    ['order-17', 'order-17'],
    [null, ''],
    [true, 'true'],
  ])('writes %j as %s', (cell, written) => {
    expect(csvCell(cell)).toBe(written);
  });

  it('gives its text back through csvText', () => {
    for (const text of ['=1', "'=1", "''@x", "'quoted'", '-12', '-a'])
      expect(
        csvText(
          csvCell(text)
            .replace(/^"(.*)"$/, '$1')
            .replaceAll('""', '"'),
        ),
      ).toBe(text);
  });
});

describe('shellQuoted', () => {
  it.each([
    ['order-17', 'order-17'],
    ["o'clock $(rm -rf ~)", "'o'\\''clock $(rm -rf ~)'"],
    ['', "''"],
    ['-Nx\u009b%\\', `"$(printf -- '-Nx\\302\\233%%\\\\')"`],
  ])('writes %j as %s', (text, quoted) => {
    expect(shellQuoted(text)).toBe(quoted);
  });

  it('is one harmless line, which a shell reads as the same text', () => {
    const ids = fc.sample(anyText, { numRuns: 60, seed: 1 });
    const readable = ids.filter((text) => text.isWellFormed() && !/\0|\n$/.test(text));
    const quoted = readable.map(shellQuoted);
    expect(quoted.join('')).not.toMatch(UNSAFE_OUTPUT);
    const printed = execFileSync('sh', ['-c', `printf '%s\\0' ${quoted.join(' ')}`]);
    expect(printed.toString().split('\0').slice(0, -1)).toEqual(readable);
  });
});
