/**
 * Timestamps as the source may send them, and as the target takes them: GraphQL `Int` is a signed
 * 32-bit integer (GraphQL specification, section 3.5.1), so the target gets whole Unix seconds.
 *
 * Not read, on purpose: fractions of seconds as a number (1700000000.5), since nothing tells them from a slip; basic dates
 * (20231114), which cannot be told from Unix seconds, and so basic times; week (2023-W46-2) and ordinal (2023-318) dates and years
 * of more than four digits, which hardly any sender writes; and whatever is not ISO 8601.
 */

/** From here on an integer is read as milliseconds: as seconds it would lie past the year 5138. */
const MILLISECONDS_FROM = 100_000_000_000;
const INT32_MAX = 2_147_483_647;
const INT32_MIN = -2_147_483_648;

const INTEGER = /^-?\d{1,16}$/;
const ISO_8601 =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?([Zz]|[+-]\d{2}(?::?\d{2})?)?)?$/;

/**
 * Whole Unix seconds (rounded down) of an integer (Unix seconds or milliseconds), of a string that holds one, or
 * of an ISO 8601 date or date-time (without an offset it is UTC); `undefined` for anything else, and for
 * times that a 32-bit `Int` cannot hold (after 2038-01-19).
 */
export function toUnixSeconds(timestamp: unknown): number | undefined {
  const seconds = readSeconds(timestamp);
  if (seconds === undefined || seconds > INT32_MAX || seconds < INT32_MIN) return undefined;
  return seconds;
}

function readSeconds(timestamp: unknown): number | undefined {
  if (typeof timestamp === 'number') return secondsOfInteger(timestamp);
  if (typeof timestamp !== 'string') return undefined;
  const text = timestamp.trim();
  return INTEGER.test(text) ? secondsOfInteger(Number(text)) : secondsOfIso(text);
}

function secondsOfInteger(value: number): number | undefined {
  if (!Number.isSafeInteger(value)) return undefined;
  // Adding 0 makes 0 of -0, which some JSON readers tell apart.
  return (Math.abs(value) >= MILLISECONDS_FROM ? Math.floor(value / 1000) : value) + 0;
}

function secondsOfIso(text: string): number | undefined {
  const match = ISO_8601.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', offset = 'Z'] = match;
  if (!isCalendarDate(Number(year), Number(month), Number(day))) return undefined;
  const secondsAt = (at: string) =>
    Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${at}${fullOffset(offset)}`) / 1000;
  const seconds = second === '60' ? secondsOfLeap(secondsAt('59')) : secondsAt(second);
  return Number.isNaN(seconds) ? undefined : Math.floor(seconds);
}

/** A leap second, which comes at the end of a UTC day only: Unix time counts it as the second after it (POSIX). */
function secondsOfLeap(secondsBefore: number): number {
  const next = secondsBefore + 1;
  return next % 86_400 === 0 ? next : Number.NaN;
}

/** `Date` rolls 30 February over into March; a wrong date is a wrong date. */
function isCalendarDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function fullOffset(offset: string): string {
  if (offset.toUpperCase() === 'Z') return 'Z';
  const digits = offset.slice(1).replace(':', '').padEnd(4, '0');
  return `${offset[0]}${digits.slice(0, 2)}:${digits.slice(2)}`;
}
