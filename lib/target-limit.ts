import * as v from 'valibot';

const PERIOD_SECONDS = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const;

type Period = keyof typeof PERIOD_SECONDS;

/** A target's limit as its owner states it, for the whole system. */
export interface TargetLimit {
  /** Calls in one period; or points, where the API counts those. */
  calls: number;
  per: Period;
  /** Points that one call costs; 1 where calls are counted. */
  cost_per_call: number;
}

/** The slowest rate that can be paced and the fastest, in calls per second. */
const MIN_RATE = 0.01;
const MAX_RATE = 100_000;

/** Rates are rounded down to this part of a call per second, so that Terraform and this file give the same number. */
const PARTS_PER_CALL = 1_000_000;

/** 33.3 × 1,000,000 is 33,299,999.999999996 in binary: it must stay 33.3. */
const BINARY_LOSS = 0.001;

/** The calls per second that a limit allows. `terraform/locals.tf` derives the same. Pure. */
export function ratePerSecondOf({ calls, per, cost_per_call }: TargetLimit): number {
  const parts = (calls * PARTS_PER_CALL) / (PERIOD_SECONDS[per] * cost_per_call);
  return Math.floor(parts + BINARY_LOSS) / PARTS_PER_CALL;
}

/** A limit of so many calls per second. */
export function limitOfRate(ratePerSecond: number): TargetLimit {
  return { calls: ratePerSecond, per: 'second', cost_per_call: 1 };
}

const positive = v.pipe(v.number('must be a number'), v.gtValue(0, 'must be above 0'));

/** The setting `target_limit`; its error shows the arithmetic. */
export const targetLimit = v.pipe(
  v.strictObject({
    calls: positive,
    per: v.picklist(Object.keys(PERIOD_SECONDS) as Period[], 'must be second, minute, hour or day'),
    cost_per_call: v.optional(positive, 1),
  }),
  v.check(isWithinRange, ({ input }) => rangeProblem(input)),
);

function isWithinRange(limit: TargetLimit): boolean {
  const rate = ratePerSecondOf(limit);
  return rate >= MIN_RATE && rate <= MAX_RATE;
}

function rangeProblem(limit: TargetLimit): string {
  const { calls, per, cost_per_call } = limit;
  const seconds = PERIOD_SECONDS[per].toLocaleString('en-US');
  return (
    `of ${calls} per ${per} is ${calls} / ${seconds} s / ${cost_per_call} per call = ${ratePerSecondOf(limit)} calls a second: ` +
    'must be from 0.01 (what one invocation can pace) to 100,000'
  );
}
