import { describe, expect, test } from 'vitest';
import {
  evaluatePrefix,
  findPrefixProblems,
  formatTimestamp,
} from '../../../local/delivery-stream/object-key.ts';

const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

test.each([
  ['yyyy-MM-dd', '2026-01-02'],
  ["yyyy'/'MM'/'dd", '2026/01/02'],
  ['yyyy/MM/dd/HH', '2026/01/02/03'],
  ["'day='dd' of 'MM", 'day=02 of 01'],
  ["HH'h'mm''ss", "03h04'05"],
  ["'it''s' yyyy", "it's 2026"],
])('formats %s as %s', (pattern, text) => {
  expect(formatTimestamp(pattern, AT_MS)).toBe(text);
});

test.each(['YYYY', 'hh', 'day', 'dd T', "dd'open"])('does not format %s', (pattern) => {
  expect(() => formatTimestamp(pattern, AT_MS)).toThrow(pattern);
});

test.each([
  ['dt=!{timestamp:yyyy-MM-dd}/hh=!{timestamp:HH}/', 'dt=2026-01-02/hh=03/'],
  ["!{timestamp:'dt='yyyy}/", 'dt=2026/'],
  ['plain/', 'plain/2026/01/02/03/'],
  ['', '2026/01/02/03/'],
])('evaluates the prefix "%s" to %s', (prefix, text) => {
  expect(evaluatePrefix(prefix, AT_MS)).toBe(text);
});

describe('prefix problems', () => {
  const ERRORS = 'errors/!{firehose:error-output-type}/';
  test.each([
    ['facts/', undefined, []],
    ['!{timestamp:yyyy}/', 'errors/', []],
    ['!{timestamp:yyyy}/', ERRORS, []],
    ['!{timestamp:yyyy}/', undefined, ['errorOutputPrefix: required']],
    ['facts/', '!{timestamp:yyyy}/', ['errorOutputPrefix: with an expression']],
    ['!{timestamp:ww}/', ERRORS, ['prefix: "ww"']],
    ['!{firehose:random-string}/', ERRORS, ['prefix: !{firehose:random-string} is not supported']],
  ])('%s with error prefix %s', (prefix, errorOutputPrefix, problems) => {
    expect(findPrefixProblems(prefix, errorOutputPrefix)).toEqual(
      problems.map((problem) => expect.stringContaining(problem)),
    );
  });
});
