const DATE = String.raw`(\d{4})(-?)(\d{2})\2(\d{2})`;
const TIME = String.raw`[Tt ](\d{2})(:?)(\d{2})(?:\6(\d{2})(?:[.,]\d+)?)?`;
const OFFSET = String.raw`[Zz]|[+-]\d{2}(?::?\d{2})?`;
/** A date-time, or a date with hyphens alone: a basic date has nothing but digits, as a number of seconds has. */
const DATE_TIME = new RegExp(`^${DATE}(?:${TIME}(${OFFSET})?)?((?:\\[[^\\]]*\\])*)$`);

const ZONE_NAME = /^[A-Za-z._][\w.+-]*(?:\/[A-Za-z._][\w.+-]*)*$/;
const NUMERIC_ZONE = /^[+-]\d{2}(?::?\d{2})?$/;
const UTC_ZONE = /^(?:Z|UTC|GMT|Etc\/(?:UTC|GMT|UCT|Zulu))$/i;
const TAG = /^[a-z_][a-z0-9_-]*=[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*$/;

type DateTimeReading =
  /** Whole Unix seconds, rounded down. */
  | { seconds: number }
  /** It is written as a date-time and is none, or none that is known. */
  | { problem: string }
  /** It is written in another way. */
  | undefined;

/**
 * Reads an ISO 8601 date or date-time, in extended or (with a time) in basic form, with a suffix of RFC 9557 or without. Without
 * an offset it is UTC. Pure.
 *
 * Not read: week (2023-W46-2) and ordinal (2023-318) dates and years of more than four digits, which hardly any sender writes.
 */
export function readDateTime(text: string): DateTimeReading {
  const match = DATE_TIME.exec(text);
  if (!match) return undefined;
  const [, year, hyphen, month, day, hour, , minute, second, offset, suffix = ''] = match;
  if (hyphen === '' && hour === undefined) return undefined;
  if (!isCalendarDate(Number(year), Number(month), Number(day)))
    return { problem: `The calendar has no ${year}-${month}-${day}.` };
  const zone = readSuffix(suffix, offset);
  if ('problem' in zone) return zone;
  const seconds = secondsOf(
    `${year}-${month}-${day}T${hour ?? '00'}:${minute ?? '00'}`,
    second ?? '00',
    fullOffset(zone.offset),
  );
  if (Number.isNaN(seconds)) return { problem: 'Its time of day or its offset does not exist.' };
  return { seconds };
}

/**
 * The offset that counts: the date-time's own, which RFC 9557 (section 3.4) lets decide beside an optional zone; else that of the
 * suffix. A zone by name alone is refused: when clocks are put back, an hour happens twice.
 */
function readSuffix(
  suffix: string,
  offset: string | undefined,
): { offset: string } | { problem: string } {
  const parts = suffix === '' ? [] : suffix.slice(1, -1).split('][');
  // RFC 9557, section 3.2: what is marked as critical and cannot be obeyed has to be refused.
  if (parts.some((part) => part.startsWith('!')))
    return {
      problem: `The mark ! in ${suffix} asks for a check that is not made. Send it without.`,
    };
  const zone = parts[0]?.includes('=') ? undefined : parts[0];
  const tags = zone === undefined ? parts : parts.slice(1);
  const isZone = zone === undefined || ZONE_NAME.test(zone) || NUMERIC_ZONE.test(zone);
  if (!isZone || !tags.every((tag) => TAG.test(tag)))
    return { problem: 'Its brackets are not as RFC 9557 defines them.' };
  if (offset !== undefined) return { offset };
  if (zone === undefined || UTC_ZONE.test(zone)) return { offset: 'Z' };
  if (NUMERIC_ZONE.test(zone)) return { offset: zone };
  return {
    problem: `A zone by name, [${zone}], does not say the offset. Send it too, as in +01:00.`,
  };
}

function secondsOf(toMinutes: string, second: string, offset: string): number {
  const at = (wholeSecond: string) => Date.parse(`${toMinutes}:${wholeSecond}${offset}`) / 1000;
  return second === '60' ? secondsOfLeap(at('59')) : at(second);
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
