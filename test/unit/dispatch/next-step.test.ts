import { describe, expect, it } from 'vitest';
import {
  afterCreate,
  afterLookup,
  type DeliveryState,
  type RetrySettings,
  type StepContext,
} from '../../../lib/dispatch/next-step.ts';
import type { LookupVerdict, Verdict } from '../../../lib/ports.ts';

const settings: RetrySettings = {
  maxAttempts: 8,
  retryPauseMs: 100,
  throttlePauseMs: 700,
  maxWaitMs: 60_000,
  targetTimeoutMs: 5000,
};
const failed = { code: 'X', message: 'x' };
const timedOut = { code: 'TIMEOUT', message: 'x' };
const lost = { code: 'ECONNRESET', message: 'x', reusedConnection: true } as const;

const state = (more: Partial<DeliveryState> = {}): DeliveryState => ({
  failedAttempts: 1,
  failedInBatch: 1,
  deferral: 0,
  outcomeUnknown: false,
  condemned: undefined,
  ...more,
});
const context = (more: Partial<StepContext> = {}): StepContext => ({
  targetIsWell: true,
  othersSucceed: true,
  canLookUp: true,
  mayRetry: true,
  status: null,
  settings,
  random: () => 1,
  ...more,
});
const retry = (afterMs: number, verify = false, more: object = {}) => ({
  do: 'retry',
  afterMs,
  verify,
  ...more,
});
const park = (waitMs = 0) => ({ do: 'park', waitMs });
const condemn = (reason: string) => ({ do: 'condemn', reason });
const setAside = { do: 'setAside', afterMs: 0 };

type Case<Of> = [
  name: string,
  verdict: Of,
  state: DeliveryState,
  context: StepContext,
  step: object,
];

const CREATIONS: Case<Verdict>[] = [
  ['delivered', { kind: 'delivered' }, state(), context(), { do: 'settle', verified: false }],
  ['a duplicate', { kind: 'duplicate' }, state(), context(), { do: 'settle', verified: true }],
  ['rejected', { kind: 'rejected', ...failed }, state(), context(), condemn('rejected')],
  [
    'rejected after an attempt that may have created it',
    { kind: 'rejected', ...failed },
    state({ outcomeUnknown: true }),
    context(),
    retry(0, true, { condemned: 'rejected' }),
  ],
  [
    'rejected by a target that rejects everything',
    { kind: 'rejected', ...failed },
    state(),
    context({ targetIsWell: false }),
    setAside,
  ],
  [
    'rejected for the document, which is the same for every event',
    { kind: 'rejected', isAboutDocument: true, ...failed },
    state(),
    context(),
    retry(100),
  ],
  ['unavailable', { kind: 'unavailable', ...failed }, state(), context(), retry(100)],
  [
    'a failure that the target itself returned: the first retry starts at once',
    { kind: 'unknown', ...failed },
    state({ outcomeUnknown: true }),
    context({ status: 500 }),
    retry(0, true),
  ],
  [
    'a second failure that the target itself returned',
    { kind: 'unavailable', ...failed },
    state({ failedInBatch: 2 }),
    context({ status: 503 }),
    retry(200),
  ],
  [
    'a failure that a proxy returned for a lost connection',
    { kind: 'unknown', ...failed },
    state({ outcomeUnknown: true }),
    context({ status: 502 }),
    retry(100, true),
  ],
  [
    'a time-out that a proxy returned',
    { kind: 'unknown', code: 'HTTP_504', message: 'x' },
    state({ outcomeUnknown: true }),
    context({ status: 504 }),
    retry(5000, true),
  ],
  ['unauthorized', { kind: 'unauthorized', ...failed }, state(), context(), retry(100)],
  [
    'unauthorized, with a status',
    { kind: 'unauthorized', ...failed },
    state(),
    context({ status: 401 }),
    retry(100),
  ],
  [
    'unauthorized again: the last attempt waits for the credential to be read',
    { kind: 'unauthorized', ...failed },
    state({ failedInBatch: 2 }),
    context(),
    retry(6000),
  ],
  [
    'unknown: looked up first',
    { kind: 'unknown', ...failed },
    state({ outcomeUnknown: true }),
    context(),
    retry(100, true),
  ],
  [
    'unknown, at a target without a lookup',
    { kind: 'unknown', ...failed },
    state({ outcomeUnknown: true }),
    context({ canLookUp: false }),
    retry(100),
  ],
  [
    'a time-out: looked up when the target cannot be working on it any more',
    { kind: 'unknown', ...timedOut },
    state({ outcomeUnknown: true }),
    context(),
    retry(5000, true),
  ],
  [
    'lost by a kept connection: looked up at once',
    { kind: 'unknown', ...lost },
    state({ outcomeUnknown: true }),
    context(),
    retry(0, true),
  ],
  [
    'lost by a kept connection, at a target without a lookup',
    { kind: 'unknown', ...lost },
    state({ outcomeUnknown: true }),
    context({ canLookUp: false }),
    retry(0),
  ],
  [
    'lost by a kept connection, when any failure would end or park it',
    { kind: 'unknown', ...lost },
    state({ outcomeUnknown: true, deferral: 1, failedAttempts: 8, failedInBatch: 3 }),
    context({ mayRetry: false, othersSucceed: false, targetIsWell: false }),
    retry(0, true),
  ],
  ['throttled', { kind: 'throttled', ...failed }, state(), context(), retry(700)],
  [
    'throttled for 0 s',
    { kind: 'throttled', ...failed, waitMs: 0 },
    state(),
    context(),
    retry(700),
  ],
  [
    'throttled for 1.5 s',
    { kind: 'throttled', ...failed, waitMs: 1500 },
    state(),
    context(),
    retry(1500),
  ],
  [
    'throttled for an hour',
    { kind: 'throttled', ...failed, waitMs: 3_600_000 },
    state(),
    context(),
    park(60_000),
  ],
  [
    'the third failure',
    { kind: 'unavailable', ...failed },
    state({ failedInBatch: 3 }),
    context(),
    park(),
  ],
  [
    'the third failure, with no success of another event since the first: it may be an outage',
    { kind: 'unavailable', ...failed },
    state({ failedInBatch: 3 }),
    context({ othersSucceed: false }),
    setAside,
  ],
  [
    'a failure after a return',
    { kind: 'unavailable', ...failed },
    state({ deferral: 1 }),
    context(),
    park(),
  ],
  [
    'no retry is affordable',
    { kind: 'unavailable', ...failed },
    state(),
    context({ mayRetry: false }),
    park(),
  ],
  [
    'the last failure: one more look',
    { kind: 'unavailable', ...failed },
    state({ failedAttempts: 8 }),
    context(),
    retry(0, true, { condemned: 'exhausted' }),
  ],
  [
    'the last failure, at a target without a lookup',
    { kind: 'unavailable', ...failed },
    state({ failedAttempts: 8 }),
    context({ canLookUp: false }),
    condemn('exhausted'),
  ],
  [
    'the last failure, at a sick target',
    { kind: 'unknown', ...failed },
    state({ failedAttempts: 8 }),
    context({ targetIsWell: false }),
    setAside,
  ],
  [
    'a time-out at a sick target',
    { kind: 'unknown', ...timedOut },
    state({ outcomeUnknown: true }),
    context({ targetIsWell: false }),
    { do: 'setAside', afterMs: 5000 },
  ],
];

const LOOKUPS: Case<LookupVerdict>[] = [
  ['found', { kind: 'found' }, state(), context(), { do: 'settle', verified: true }],
  [
    'found, though condemned',
    { kind: 'found' },
    state({ condemned: 'rejected' }),
    context(),
    { do: 'settle', verified: true },
  ],
  ['absent', { kind: 'absent' }, state(), context(), retry(0)],
  [
    'absent and condemned',
    { kind: 'absent' },
    state({ condemned: 'rejected' }),
    context(),
    condemn('rejected'),
  ],
  [
    'absent on a return after the last failure',
    { kind: 'absent' },
    state({ failedAttempts: 9 }),
    context(),
    retry(0),
  ],
  [
    'no answer: never another creation',
    { kind: 'unavailable', ...failed },
    state({ outcomeUnknown: true }),
    context(),
    retry(100, true),
  ],
  [
    'lost by a kept connection: looked up again, before anything else',
    { kind: 'unavailable', ...lost },
    state({ condemned: 'exhausted', failedAttempts: 8, failedInBatch: 3 }),
    context({ mayRetry: false }),
    retry(0, true),
  ],
  [
    'no answer, again and again',
    { kind: 'unavailable', ...failed },
    state({ outcomeUnknown: true, failedInBatch: 3 }),
    context(),
    park(),
  ],
  [
    'no answer and condemned',
    { kind: 'unavailable', ...failed },
    state({ condemned: 'rejected' }),
    context(),
    condemn('rejected'),
  ],
  [
    'no answer after the last failure',
    { kind: 'unauthorized', ...failed },
    state({ failedAttempts: 8 }),
    context(),
    condemn('exhausted'),
  ],
  [
    'no answer from a sick target',
    { kind: 'unavailable', ...failed },
    state({ condemned: 'rejected' }),
    context({ targetIsWell: false }),
    setAside,
  ],
];

describe('afterCreate', () => {
  it.each(CREATIONS)('%s', (_, verdict, of, within, step) => {
    expect(afterCreate(verdict, of, within)).toEqual(step);
  });
});

describe('afterLookup', () => {
  it.each(LOOKUPS)('%s', (_, verdict, of, within, step) => {
    expect(afterLookup(verdict, of, within)).toEqual(step);
  });
});
