import { readDateTime } from './iso-date-time.ts';

/**
 * Timestamps as the source may send them, and as the target takes them: whole Unix seconds within a signed 32-bit integer, which
 * GraphQL's `Int` is (GraphQL specification, section 3.5.1).
 */

const INT32_MAX = 2_147_483_647;
const INT32_MIN = -2_147_483_648;

/**
 * The first number that is taken for Unix seconds: 2001-09-09T01:46:40Z, from which on they have ten digits, milliseconds 13,
 * microseconds 16 and nanoseconds 19. Below it lies what would be read as a wrong year: dates (20260101), years, serial numbers of
 * spreadsheets (46023), date-times (202601011230) as milliseconds of 1976, seconds since 2001 (Swift's `Date`) as the 1990s, ticks of
 * .NET and `FILETIME` as nanoseconds. Earlier times can be sent as ISO 8601.
 */
const FIRST_SECONDS = 1_000_000_000;

const UNITS = ['seconds', 'milliseconds', 'microseconds', 'nanoseconds'] as const;
const DIGITS_OF_SECONDS = 10;
const DIGITS_PER_UNIT = 3;

const NUMBER = /^(-?)(\d+)(?:\.\d+)?$/;

const FORMS =
  'Unix seconds or milliseconds, or an ISO 8601 date-time such as 2026-01-01T12:00:00Z, not after 2038-01-19T03:14:07Z.';
const NO_TIME = { problem: `This field must be ${FORMS}` };

/** Whole Unix seconds, or the reason for a person why there are none. */
type TimestampReading = { seconds: number } | { problem: string };

/**
 * Reads a number (Unix seconds, or a fraction of a unit more), a string that holds one, or an ISO 8601 date-time, and rounds down.
 * The number of digits tells seconds from milliseconds, microseconds and nanoseconds. Pure.
 */
export function readTimestamp(timestamp: unknown): TimestampReading {
  if (typeof timestamp === 'number') return secondsOfNumber(timestamp);
  if (typeof timestamp !== 'string') return NO_TIME;
  const text = timestamp.trim();
  const [, sign, digits] = NUMBER.exec(text) ?? [];
  return digits === undefined ? secondsOfDateTime(text) : secondsOfDigits(digits, sign === '-');
}

/** As {@link readTimestamp}; `undefined` where that gives a reason. */
export function toUnixSeconds(timestamp: unknown): number | undefined {
  const reading = readTimestamp(timestamp);
  return 'seconds' in reading ? reading.seconds : undefined;
}

function secondsOfNumber(value: number): TimestampReading {
  const whole = Math.floor(Math.abs(value));
  if (Number.isSafeInteger(whole)) return secondsOfDigits(String(whole), value < 0);
  return {
    problem: `A number beyond 2^53 is not exact. Send nanoseconds as a string. Send ${FORMS}`,
  };
}

/** @param digits of the whole part. */
function secondsOfDigits(digits: string, isNegative: boolean): TimestampReading {
  const significant = digits.replace(/^0+(?=\d)/, '');
  const step = Math.max(0, Math.ceil((significant.length - DIGITS_OF_SECONDS) / DIGITS_PER_UNIT));
  const unit = UNITS[step];
  if (!unit)
    return { problem: `A number of ${significant.length} digits is no time. Send ${FORMS}` };
  const magnitude = Number(significant.slice(0, significant.length - step * DIGITS_PER_UNIT));
  const seconds = isNegative ? -magnitude : magnitude;
  if (seconds >= FIRST_SECONDS && seconds <= INT32_MAX) return { seconds };
  const shown = `${isNegative ? '-' : ''}${significant}`;
  const date = new Date(seconds * 1000).toISOString().slice(0, 10);
  const rule = seconds < FIRST_SECONDS ? ', and numbers count from 2001-09-09 on' : '';
  return { problem: `${shown} would be ${date} as Unix ${unit}${rule}. Send ${FORMS}` };
}

function secondsOfDateTime(text: string): TimestampReading {
  const reading = readDateTime(text);
  if (!reading) return NO_TIME;
  if ('problem' in reading) return { problem: `${reading.problem} Send ${FORMS}` };
  const { seconds } = reading;
  if (seconds <= INT32_MAX && seconds >= INT32_MIN) return { seconds };
  return { problem: `32 bits hold 1901-12-13T20:45:52Z to 2038-01-19T03:14:07Z. Send ${FORMS}` };
}
