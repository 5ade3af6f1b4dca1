import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { environmentOfCodes, targetCodes } from '../../lib/target-codes.ts';

function problemOf(codes: unknown): string {
  const { issues = [] } = v.safeParse(targetCodes, codes);
  return issues.map((issue) => `${v.getDotPath(issue) ?? ''} ${issue.message}`.trim()).join('\n');
}

describe('target_codes', () => {
  it('may leave out lists, which are then empty', () => {
    const codes = v.parse(targetCodes, { duplicate: ['CONFLICT'], unknown: ['Gateway timeout'] });
    expect(codes).toEqual({
      ...{ duplicate: ['CONFLICT'], unknown: ['Gateway timeout'] },
      ...{ throttled: [], unavailable: [], unauthorized: [], rejected: [] },
    });
    expect(environmentOfCodes(codes)).toEqual({
      TARGET_DUPLICATE_CODES: 'CONFLICT',
      TARGET_UNKNOWN_CODES: 'Gateway timeout',
    });
  });

  it.each([
    ['a comma', { duplicate: ['A,B'] }, 'duplicate.0 must be a code without a comma'],
    ['an empty code', { duplicate: [''] }, 'duplicate.0 must be a code without a comma'],
    ['a space around', { rejected: ['OK', 'A '] }, 'rejected.1 must be a code without a comma'],
    ['a number', { throttled: [429] }, 'throttled.0 must be a string'],
    ['a text for a list', { throttled: 'A,B' }, 'throttled must be a list of codes'],
    ['two meanings', { throttled: ['A'], rejected: ['a'] }, 'must have each code once, and a is'],
    ['an unknown meaning', { transient: ['A'] }, 'transient'],
    ['too many', { unknown: ['A'.repeat(1000), 'B'.repeat(1000)] }, 'at most 2,000 characters'],
  ])('refuses %s', (_, codes, problem) => {
    expect(problemOf(codes)).toContain(problem);
  });
});
