import { describe, expect, test } from 'vitest';
import {
  nextStep,
  type RetryRules,
  type Segment,
  type Step,
  type Verdict,
} from '../../../local/event-source-mapping/next-step.ts';
import { laneRecord } from './support.ts';

const five = [1, 2, 3, 4, 5].map((n) => laneRecord(n));
const one = five.slice(0, 1);
const failed: Verdict = { type: 'failed' };
const reportedAt = (firstFailed: number): Verdict => ({ type: 'reported', firstFailed });
const segment = (records: Segment['records'], attempts = 0, refusals = 0): Segment => ({
  records,
  attempts,
  refusals,
});

interface Case {
  name: string;
  given: Segment;
  verdict: Verdict;
  rules?: Partial<RetryRules>;
  expected: Step;
}

const cases: Case[] = [
  {
    name: 'settles what was delivered',
    given: segment(five, 2),
    verdict: { type: 'delivered' },
    expected: { type: 'settle' },
  },
  {
    name: 'tries what never ran again, without counting',
    given: segment(five, 2, 7),
    verdict: { type: 'notRun' },
    expected: { type: 'retry', settled: [], segment: segment(five, 2, 8) },
  },
  {
    name: 'retries a failed batch and forgets its refusals',
    given: segment(five, 1, 7),
    verdict: failed,
    expected: { type: 'retry', settled: [], segment: segment(five, 2) },
  },
  {
    name: 'gives up after the first invocation and two retries',
    given: segment(five, 2),
    verdict: failed,
    expected: { type: 'discard', attempts: 3, functionError: 'Unhandled' },
  },
  {
    name: 'gives up at once when no retry is allowed',
    given: segment(five),
    verdict: failed,
    rules: { maximumRetryAttempts: 0 },
    expected: { type: 'discard', attempts: 1, functionError: 'Unhandled' },
  },
  {
    name: 'never gives up when retries are unlimited',
    given: segment(five, 99_999),
    verdict: failed,
    rules: { maximumRetryAttempts: -1 },
    expected: { type: 'retry', settled: [], segment: segment(five, 100_000) },
  },
  {
    name: 'settles what came before the reported record and starts the count anew for the rest',
    given: segment(five, 2),
    verdict: reportedAt(3),
    expected: { type: 'retry', settled: five.slice(0, 3), segment: segment(five.slice(3)) },
  },
  {
    name: 'counts a report without progress',
    given: segment(five, 1),
    verdict: reportedAt(0),
    expected: { type: 'retry', settled: [], segment: segment(five, 2) },
  },
  {
    name: 'gives up after reports without progress, with no function error',
    given: segment(five, 2),
    verdict: reportedAt(0),
    expected: { type: 'discard', attempts: 3, functionError: null },
  },
  {
    name: 'splits a batch that threw, left half = floor(n / 2), at no cost in retries',
    given: segment(five, 2),
    verdict: failed,
    rules: { bisectBatchOnFunctionError: true },
    expected: { type: 'split', left: segment(five.slice(0, 2)), right: segment(five.slice(2)) },
  },
  {
    name: 'retries a single record instead of splitting it',
    given: segment(one, 1),
    verdict: failed,
    rules: { bisectBatchOnFunctionError: true },
    expected: { type: 'retry', settled: [], segment: segment(one, 2) },
  },
  {
    name: 'cuts at the reported record, not in the middle, when bisecting is on',
    given: segment(five, 2),
    verdict: reportedAt(1),
    rules: { bisectBatchOnFunctionError: true },
    expected: { type: 'retry', settled: five.slice(0, 1), segment: segment(five.slice(1)) },
  },
];

describe('nextStep', () => {
  test.each(cases)('$name', ({ given, verdict, rules, expected: step }) => {
    const all = { maximumRetryAttempts: 2, bisectBatchOnFunctionError: false, ...rules };
    expect(nextStep(given, verdict, all)).toEqual(step);
  });
});
