import { secondsOrMoment } from './wait-values.ts';

type Headers = Record<string, string>;

/** One limit as a header states it; `remaining` is `undefined` when it does not say. */
interface Limit {
  remaining: number | undefined;
  resetMs: number | undefined;
}

/**
 * The time until the limit that is used up opens again: of all that say 0 remaining, the longest; only where no limit says what
 * remains, of those that do not. A limit with something left asks for no wait. Pure.
 */
export function rateLimitResetMs(headers: Headers, nowMs: number): number | undefined {
  const limits = [...ietfLimits(headers.ratelimit, nowMs), ...vendorLimits(headers, nowMs)];
  const usedUp = limits.filter(({ remaining }) => remaining === 0);
  const silent = limits.filter(({ remaining }) => remaining === undefined);
  const waits = (usedUp.length > 0 ? usedUp : silent).flatMap(({ resetMs }) => resetMs ?? []);
  return waits.length > 0 ? Math.max(...waits) : undefined;
}

/**
 * The `RateLimit` field of the IETF drafts (draft-ietf-httpapi-ratelimit-headers): `limit=100, remaining=0, reset=50` up to version 07, and
 * `"default";r=0;t=30, "daily";r=9` since. Times are seconds.
 */
function ietfLimits(header: string | undefined, nowMs: number): Limit[] {
  if (!header) return [];
  if (/\breset=/.test(header))
    return [limitOf(header, /\bremaining=(\d+)/, /\breset=(\d+)/, nowMs)];
  return header.split(',').map((policy) => limitOf(policy, /;\s*r=(\d+)/, /;\s*t=(\d+)/, nowMs));
}

function limitOf(text: string, remaining: RegExp, reset: RegExp, nowMs: number): Limit {
  const [left, seconds] = [remaining.exec(text)?.[1], reset.exec(text)?.[1]];
  return {
    remaining: left === undefined ? undefined : Number(left),
    resetMs: secondsOrMoment(seconds, nowMs),
  };
}

const RESET = /^(x-)?([a-z-]+-)?rate-?limit(-[a-z-]+)?-reset(-[a-z-]+)?$/;

/** `x-ratelimit-reset` and its many spellings, each with the `remaining` of the same name beside it. */
function vendorLimits(headers: Headers, nowMs: number): Limit[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    if (name.length > 60 || !RESET.test(name)) return [];
    const left = headers[name.replace('-reset', '-remaining').replace(/-after$/, '')]?.trim();
    const remaining = left && /^\d+(\.\d+)?$/.test(left) ? Number(left) : undefined;
    return [{ remaining, resetMs: secondsOrMoment(value, nowMs) }];
  });
}
