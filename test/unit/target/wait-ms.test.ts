import { describe, expect, it } from 'vitest';
import { readAnswer } from '../../../lib/target/answer.ts';
import { waitMsOf } from '../../../lib/target/wait-ms.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const NOW_SECONDS = NOW / 1000;

const withHeaders = (headers: Record<string, string>, status = 429) =>
  waitMsOf(readAnswer(status, headers, ''), NOW);
const withBody = (body: unknown) => waitMsOf(readAnswer(200, {}, JSON.stringify(body)), NOW);
const withExtensions = (extensions: Record<string, unknown>, message = 'x') =>
  withBody({ errors: [{ message, extensions }] });

describe('Retry-After', () => {
  it.each([
    ['seconds', '19', 19_000],
    ['a fraction', '0.25', 250],
    ['blanks around', ' 2 ', 2000],
    ['an HTTP date', 'Thu, 01 Jan 2026 12:00:05 GMT', 5000],
    ['an old HTTP date', 'Thursday, 01-Jan-26 12:00:05 GMT', 5000],
    ['an ISO date', '2026-01-01T12:00:05Z', 5000],
    ['a unit', '30s', 30_000],
    ['epoch seconds', String(NOW_SECONDS + 7), 7000],
    ['more than is sensible', '86400', 86_400_000],
    ['0', '0', undefined],
    ['a negative number', '-5', undefined],
    ['a date that is over', 'Thu, 01 Jan 2026 11:59:00 GMT', undefined],
    ['words', 'soon', undefined],
    ['a list', '1, 2', undefined],
    ['nothing', '', undefined],
  ])('in %s: "%s"', (_, value, right) => {
    for (const status of [200, 403, 409, 429, 503])
      expect(withHeaders({ 'retry-after': value }, status)).toBe(right);
  });

  it('in milliseconds, as Azure sends it', () => {
    expect(withHeaders({ 'retry-after-ms': '750', 'retry-after': '1' })).toBe(750);
    expect(withHeaders({ 'x-ms-retry-after-ms': '0', 'retry-after': '1' })).toBe(1000);
  });

  it('goes before everything else', () => {
    expect(withHeaders({ 'retry-after': '60', 'ratelimit-reset': '5' })).toBe(60_000);
    expect(withHeaders({ 'retry-after': '0', 'ratelimit-reset': '5' })).toBe(5000);
  });
});

describe('rate limit headers', () => {
  it.each<[string, Record<string, string>, number | undefined]>([
    ['draft 03', { 'ratelimit-remaining': '0', 'ratelimit-reset': '33' }, 33_000],
    ['draft 03 with some left', { 'ratelimit-remaining': '3', 'ratelimit-reset': '33' }, undefined],
    ['draft 07', { ratelimit: 'limit=100, remaining=0, reset=50' }, 50_000],
    ['draft 07 with some left', { ratelimit: 'limit=100, remaining=9, reset=50' }, undefined],
    ['draft 07 with an epoch', { ratelimit: `remaining=0, reset=${NOW_SECONDS + 8}` }, 8000],
    ['draft 08', { ratelimit: '"default";r=0;t=30' }, 30_000],
    ['draft 08 with two policies', { ratelimit: '"burst";r=50;t=5, "daily";r=0;t=900' }, 900_000],
    ['draft 08 with some left', { ratelimit: '"default";r=50;t=30' }, undefined],
    ['draft 08 without a time', { ratelimit: '"default";r=0' }, undefined],
    ['epoch seconds', { 'x-ratelimit-reset': String(NOW_SECONDS + 40) }, 40_000],
    ['epoch milliseconds', { 'x-ratelimit-reset': String(NOW + 1500) }, 1500],
    ['seconds', { 'x-ratelimit-reset': '12' }, 12_000],
    ['another spelling', { 'x-rate-limit-reset': '12', 'x-rate-limit-remaining': '0' }, 12_000],
    ['Contentful', { 'x-contentful-ratelimit-reset': '1' }, 1000],
    [
      'Linear',
      {
        'x-ratelimit-requests-remaining': '0',
        'x-ratelimit-requests-reset': String(NOW + 9000),
        'x-ratelimit-complexity-remaining': '250000',
        'x-ratelimit-complexity-reset': String(NOW + 90_000),
      },
      9000,
    ],
    [
      'a duration',
      { 'x-ratelimit-reset-requests': '6m0s', 'x-ratelimit-remaining-requests': '0' },
      360_000,
    ],
    [
      'GitHub with some left',
      { 'x-ratelimit-remaining': '4000', 'x-ratelimit-reset': String(NOW_SECONDS + 40) },
      undefined,
    ],
    ['a moment that is over', { 'x-ratelimit-reset': String(NOW_SECONDS - 40) }, undefined],
    ['0', { 'x-ratelimit-reset': '0' }, undefined],
    ['words', { 'x-ratelimit-reset': 'tomorrow' }, undefined],
    ['another header', { 'x-password-reset': '12' }, undefined],
  ])('%s', (_, headers, right) => {
    expect(withHeaders(headers)).toBe(right);
  });
});

describe('the body', () => {
  it.each<[string, Record<string, unknown>, number | undefined]>([
    ['retry_in_seconds', { retry_in_seconds: 19 }, 19_000],
    ['retryAfter', { retryAfter: 3 }, 3000],
    ['retryAfter as a text', { retryAfter: '3' }, 3000],
    ['retry_after', { retry_after: 0.5 }, 500],
    ['retryAfterMs', { retryAfterMs: 250 }, 250],
    ['a duration', { retryDelay: '30s' }, 30_000],
    ['a moment', { resetAt: '2026-01-01T12:00:09.000Z' }, 9000],
    ['a nested one', { error_data: { retry_in_seconds: 15 } }, 15_000],
    ['0', { retry_in_seconds: 0 }, undefined],
    ['junk', { retryAfter: 'soon' }, undefined],
    ['an object', { retryAfter: {} }, undefined],
  ])('%s in extensions', (_, extensions, right) => {
    expect(withExtensions(extensions)).toBe(right);
  });

  it.each([
    ['budget remaining 29986 out of 1000000 reset in 19 seconds', 19_000],
    ['Rate limit is exceeded. Try again in 27 seconds.', 27_000],
    ['Please retry after 500ms', 500],
    ['Please wait 2 minutes before you try again', 120_000],
    ['Out of call volume quota. Quota will be replenished in 00:12:30.', 750_000],
    ['retry with 3 items fewer', undefined],
    ['try again later', undefined],
  ])('"%s"', (message, right) => {
    expect(withExtensions({}, message)).toBe(right);
  });

  it('of a gateway without errors', () => {
    expect(withBody({ error_message: 'x', error_data: { retry_in_seconds: 15 } })).toBe(15_000);
    expect(waitMsOf(readAnswer(429, {}, 'slow down, retry in 3s'), NOW)).toBe(3000);
  });

  it('never reads the item itself', () => {
    expect(withBody({ data: { item: { retryAfter: 5 }, retryAfter: 5 } })).toBeUndefined();
  });

  it('has a budget that refills, as Shopify has', () => {
    const cost = (currentlyAvailable: number) => ({
      extensions: {
        cost: {
          requestedQueryCost: 202,
          throttleStatus: { maximumAvailable: 1000, currentlyAvailable, restoreRate: 50 },
        },
      },
    });
    expect(withBody(cost(118))).toBe(1680);
    expect(withBody(cost(500))).toBeUndefined();
    expect(withBody({ extensions: { cost: { throttleStatus: {} } } })).toBeUndefined();
  });
});

it('is nothing without a response', () => {
  expect(waitMsOf({ kind: 'noResponse', code: 'ECONNRESET', message: 'x' }, NOW)).toBeUndefined();
});
