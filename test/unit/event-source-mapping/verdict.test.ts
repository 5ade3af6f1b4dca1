import { describe, expect, test } from 'vitest';
import { judge, type Verdict } from '../../../local/event-source-mapping/next-step.ts';
import { type Answer, reporting } from './support.ts';

const batch = ['98', '99', '100', '101'];

function verdictOf(answer: Answer, reportBatchItemFailures = true): Verdict {
  const result = answer.ok
    ? { ...answer, requestId: 'r' }
    : { ...answer, errorType: 'Error', errorMessage: '', requestId: 'r' };
  return judge(result, batch, reportBatchItemFailures);
}

describe('success', () => {
  test.each([
    ['null', null],
    ['undefined', undefined],
    ['an empty object', {}],
    ['an empty list', []],
    ['no failures', { batchItemFailures: [] }],
    ['null failures', { batchItemFailures: null }],
    ['other fields', { statusCode: 500 }],
  ])('%s', (_, value) => {
    expect(verdictOf({ ok: true, value })).toEqual({ type: 'delivered' });
  });

  test('whatever is answered, when partial responses are off', () => {
    expect(verdictOf(reporting('98'), false)).toEqual({ type: 'delivered' });
  });
});

describe('partial response', () => {
  test.each([
    ['the reported record', ['100'], 2],
    ['the lowest of several, by number and not by text', ['101', '99', '100'], 1],
    ['the first record', ['98'], 0],
    ['the same record twice', ['101', '101'], 3],
  ])('everything from %s is due again', (_, reported, firstFailed) => {
    expect(verdictOf(reporting(...reported))).toEqual({ type: 'reported', firstFailed });
  });
});

describe('failure of the whole batch', () => {
  test.each<[string, Answer]>([
    ['a null identifier', reporting('100', null)],
    ['an empty identifier', reporting('')],
    ['a number as identifier', reporting(100)],
    ['an identifier that is not in the batch', reporting('100', '102')],
    ['a missing identifier', { ok: true, value: { batchItemFailures: [{ foo: '100' }] } }],
    ['an item that is no object', { ok: true, value: { batchItemFailures: ['100'] } }],
    ['a null item', { ok: true, value: { batchItemFailures: [null] } }],
    ['failures that are no list', { ok: true, value: { batchItemFailures: '100' } }],
    ['a text', { ok: true, value: 'ok' }],
    ['a list that is not empty', { ok: true, value: [1] }],
  ])('%s', (_, answer) => {
    expect(verdictOf(answer)).toEqual({ type: 'reported', firstFailed: 0 });
  });
});

describe('a function that did not answer', () => {
  test.each(['error', 'timeout', 'crash'] as const)('%s counts as failed', (kind) => {
    expect(verdictOf({ ok: false, kind })).toEqual({ type: 'failed' });
  });

  test.each(['throttled', 'unavailable'] as const)('%s counts as never run', (kind) => {
    expect(verdictOf({ ok: false, kind })).toEqual({ type: 'notRun' });
  });
});
