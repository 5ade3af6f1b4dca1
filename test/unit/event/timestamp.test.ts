import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTimestamp, toUnixSeconds } from '../../../lib/event/timestamp.ts';

const NEW_YEAR = 1_767_225_600;

describe('toUnixSeconds', () => {
  it.each([
    ['seconds', NEW_YEAR, NEW_YEAR],
    ['milliseconds', 1_767_225_600_999, NEW_YEAR],
    ['microseconds', 1_767_225_600_999_999, NEW_YEAR],
    ['seconds in a string', '1767225600', NEW_YEAR],
    ['milliseconds in a string', ' 1767225600999 ', NEW_YEAR],
    ['microseconds in a string', '1767225600999999', NEW_YEAR],
    ['nanoseconds in a string', '1767225600999999999', NEW_YEAR],
    ['leading zeros', '0001767225600', NEW_YEAR],
    ['seconds with a fraction, as Python has them', 1_767_225_600.123456, NEW_YEAR],
    ['the same in a string', '1767225600.123456', NEW_YEAR],
    ['a fraction just below the next second', '1767225600.9999999999999', NEW_YEAR],
    ['milliseconds with a fraction', 1_767_225_600_999.9, NEW_YEAR],
    ['milliseconds with a fraction in a string', '1767225600999.9', NEW_YEAR],
    ['the first number', 1_000_000_000, 1_000_000_000],
    ['the first number of milliseconds', 1_000_000_000_000, 1_000_000_000],
    ['the last second of a 32-bit Int', 2_147_483_647, 2_147_483_647],
    ['its last millisecond', 2_147_483_647_999, 2_147_483_647],
    ['its last nanosecond', '2147483647999999999', 2_147_483_647],
    ['its last fraction', 2_147_483_647.9, 2_147_483_647],
  ])('reads a number: %s', (_, timestamp, seconds) => {
    expect(toUnixSeconds(timestamp)).toBe(seconds);
  });

  it.each([
    ['a UTC date-time', '2026-01-01T00:00:00Z', NEW_YEAR],
    ['a date-time with fractions', '2026-01-01T00:00:00.987654Z', NEW_YEAR],
    ['an offset', '2026-01-01T02:00:00+02:00', NEW_YEAR],
    ['an offset without a colon', '2026-01-01T02:00:00+0200', NEW_YEAR],
    ['an offset in hours', '2026-01-01T02:00:00+02', NEW_YEAR],
    ['a negative offset', '2025-12-31T18:30:00-05:30', NEW_YEAR],
    ['a date-time without an offset, as UTC', '2026-01-01T00:00:00', NEW_YEAR],
    ['no seconds', '2026-01-01T00:00Z', NEW_YEAR],
    ['a date', '2026-01-01', NEW_YEAR],
    ['29 February of a leap year', '2024-02-29', 1_709_164_800],
    ['a decimal comma', '2026-01-01T00:00:00,5Z', NEW_YEAR],
    ['a space instead of the T, and small letters', '2026-01-01 00:00:00z', NEW_YEAR],
    ['midnight at the end of a day', '2025-12-31T24:00:00Z', NEW_YEAR],
    ['a leap second, as the second after it', '2016-12-31T23:59:60Z', 1_483_228_800],
    ['a leap second elsewhere', '2017-01-01T05:29:60+05:30', 1_483_228_800],
    ['a time before the first number', '1999-12-31T00:00:00Z', 946_598_400],
    ['a time before the epoch', '1969-12-31', -86_400],
    ['the first second of a 32-bit Int', '1901-12-13T20:45:52Z', -2_147_483_648],
    ['the last second of a 32-bit Int', '2038-01-19T03:14:07Z', 2_147_483_647],
    ['a basic date-time', '20260101T000000Z', NEW_YEAR],
    ['a basic date-time with an offset', '20260101T023000+0230', NEW_YEAR],
    ['a basic date-time without seconds', '20260101T0000Z', NEW_YEAR],
    ['a basic date-time with a fraction', '20260101T000000,25Z', NEW_YEAR],
    ['a basic date-time without an offset, as UTC', '20260101T000000', NEW_YEAR],
    ['a leap second in basic form', '20161231T235960Z', 1_483_228_800],
    ['a basic date with a time with colons', '20260101T00:00:00Z', NEW_YEAR],
    ['a zone beside the offset', '2026-01-01T01:00:00+01:00[Europe/Paris]', NEW_YEAR],
    ['a zone beside Z', '2026-01-01T00:00:00Z[Europe/Paris]', NEW_YEAR],
    ['an offset that its zone does not have', '2026-01-01T02:00:00+02:00[Europe/Paris]', NEW_YEAR],
    ['a zone of three parts', '2025-12-31T21:00:00-03:00[America/Argentina/Salta]', NEW_YEAR],
    ['UTC as a zone', '2026-01-01T00:00:00Z[UTC]', NEW_YEAR],
    ['UTC as a zone alone', '2026-01-01T00:00:00[Etc/UTC]', NEW_YEAR],
    ['an offset as a zone', '2026-01-01T01:00:00+01:00[+01:00]', NEW_YEAR],
    ['an offset as a zone alone', '2026-01-01T01:00:00[+01:00]', NEW_YEAR],
    ['a calendar', '2026-01-01T00:00:00Z[u-ca=iso8601]', NEW_YEAR],
    ['a zone and tags', '2026-01-01T00:00:00Z[Etc/GMT][u-ca=gregory][_x=a-b]', NEW_YEAR],
    ['a date with a calendar', '2026-01-01[u-ca=iso8601]', NEW_YEAR],
    ['a basic date-time with a zone', '20260101T010000+0100[Europe/Paris]', NEW_YEAR],
  ])('reads a date-time: %s', (_, timestamp, seconds) => {
    expect(toUnixSeconds(timestamp)).toBe(seconds);
  });

  it('gives the same second for every form of one instant', () => {
    const instant = fc.record({
      seconds: fc.integer({ min: 1_000_000_000, max: 2_147_483_647 }),
      nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
      quarters: fc.integer({ min: -56, max: 56 }),
    });
    fc.assert(
      fc.property(instant, ({ seconds, nanoseconds, quarters }) => {
        const forms = formsOf(seconds, String(nanoseconds).padStart(9, '0'), quarters);
        expect(forms.map((form) => [form, toUnixSeconds(form)])).toEqual(
          forms.map((form) => [form, seconds]),
        );
      }),
    );
  });

  it('gives an instant of 32 bits, or a reason, for any text and any number', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789-+.:TZ[]=a '), maxLength: 40 });
    fc.assert(
      fc.property(fc.oneof(digits, fc.string(), fc.double(), fc.maxSafeInteger()), (value) => {
        const reading = readTimestamp(value);
        if ('problem' in reading) expect(reading.problem).toMatch(/^\S.*\.$/);
        else expect(reading.seconds).toBe(reading.seconds | 0);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads the longest body in linear time', () => {
    const startedMs = performance.now();
    for (const unit of ['0', '1', '[', '[]', '[a=b]', ' ', '.', '2026-01-01T00:00:00.'])
      toUnixSeconds(`${unit.repeat(262_144 / unit.length)}x`);
    toUnixSeconds(`2026-01-01T00:00:00.${'0'.repeat(262_144)}x`);
    toUnixSeconds(`2026-01-01[${'a/'.repeat(131_072)}=]`);
    expect(performance.now() - startedMs).toBeLessThan(1000);
  });
});

function formsOf(seconds: number, fraction: string, quarters: number): (string | number)[] {
  const [milliseconds, microseconds] = [fraction.slice(0, 3), fraction.slice(0, 6)];
  const utc = new Date(seconds * 1000).toISOString().slice(0, 19);
  const local = new Date((seconds + quarters * 900) * 1000).toISOString().slice(0, 19);
  const minutes = Math.abs(quarters) * 15;
  const two = (number: number) => String(Math.floor(number)).padStart(2, '0');
  const offset = `${quarters < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
  const basic = (text: string) => text.replaceAll(/[-:]/g, '');
  return [
    seconds,
    Number(`${seconds}.${microseconds}`),
    Number(`${seconds}${milliseconds}`),
    Number(`${seconds}${milliseconds}.5`),
    Number(`${seconds}${microseconds}`),
    `${seconds}`,
    `${seconds}.${fraction}`,
    `${seconds}${milliseconds}`,
    `${seconds}${milliseconds}.${fraction}`,
    `${seconds}${microseconds}`,
    `${seconds}${fraction}`,
    `${utc}Z`,
    utc,
    `${utc}.${fraction}Z`,
    `${utc}Z[Asia/Tokyo]`,
    `${utc}[UTC][u-ca=iso8601]`,
    `${local}${offset}`,
    `${local}.${milliseconds}${offset}[Asia/Tokyo]`,
    `${local}[${offset}]`,
    `${basic(utc)}Z`,
    `${basic(local)}.${milliseconds}${quarters < 0 ? offset.replace(':', '') : basic(offset)}`,
  ];
}

describe('readTimestamp', () => {
  it.each([
    ['a basic date', 20_260_101, '20260101 would be 1970-08-23 as Unix seconds, '],
    ['a basic date in a string', ' 20260101 ', '20260101 would be 1970-08-23 as Unix seconds, '],
    ['a year', 2026, '2026 would be 1970-01-01 as Unix seconds, '],
    ['a year in a string', '2026', '2026 would be 1970-01-01 as Unix seconds, '],
    ['a month', '202601', '202601 would be 1970-01-03 as Unix seconds, '],
    ['a serial number', 46_023, '46023 would be 1970-01-01 as Unix seconds, '],
    ['a serial number with a time', 45_992.5, '45992 would be 1970-01-01 as Unix seconds, '],
    ['minutes', 202_601_011_230, '202601011230 would be 1976-06-02 as Unix milliseconds, '],
    ['digits of a time', 20_260_101_123_000, '20260101123000 would be 1970-08-23 as Unix micro'],
    ['seconds since 2001', 788_918_400.25, '788918400 would be 1995-01-01 as Unix seconds, '],
    ['ticks', '639028224000000000', '639028224000000000 would be 1990-04-02 as Unix nano'],
    ['zero', 0, '0 would be 1970-01-01 as Unix seconds, '],
    ['minus zero', '-0', '-0 would be 1970-01-01 as Unix seconds, '],
    ['a negative number', -86_400, '-86400 would be 1969-12-31 as Unix seconds, '],
    ['a small fraction', 1.5e-3, '0 would be 1970-01-01 as Unix seconds, '],
    [
      'a second too early',
      999_999_999,
      'would be 2001-09-09 as Unix seconds, and numbers count from',
    ],
    ['a second too late', 2_147_483_648, 'would be 2038-01-19 as Unix seconds. Send'],
    ['a millisecond too late', 2_147_483_648_000, 'would be 2038-01-19 as Unix milliseconds. Send'],
    ['twenty digits', '12345678901234567890', 'A number of 20 digits is no time.'],
    ['beyond 2^53', 2 ** 53, 'A number beyond 2^53 is not exact.'],
    ['NaN', Number.NaN, 'A number beyond 2^53'],
    ['30 February', '2023-02-30', 'The calendar has no 2023-02-30.'],
    ['month 13', '20231301T000000Z', 'The calendar has no 2023-13-01.'],
    ['hour 25', '2023-01-01T25:00:00Z', 'Its time of day or its offset does not exist.'],
    ['minute 60', '2023-01-01T00:60:00Z', 'Its time of day'],
    ['an offset of a day', '2023-11-14T22:13:20+24:00', 'Its time of day or its offset'],
    ['a second past the end of a day', '2023-11-14T24:00:01Z', 'Its time of day'],
    ['a leap second at noon', '2016-12-31T12:00:60Z', 'Its time of day'],
    [
      'a zone alone',
      '2026-01-01T00:00:00[Europe/Paris]',
      'A zone by name, [Europe/Paris], does not',
    ],
    ['a critical zone', '2026-01-01T00:00:00Z[!UTC]', 'The mark ! in [!UTC] asks for a check'],
    ['two zones', '2026-01-01T00:00:00Z[UTC][UTC]', 'Its brackets are not'],
    ['a tag without a value', '2026-01-01T00:00:00Z[u-ca=]', 'Its brackets are not'],
    ['empty brackets', '2026-01-01T00:00:00Z[]', 'Its brackets are not'],
    ['a date before 32 bits', '1901-12-13T20:45:51Z', '32 bits hold'],
    ['a date after 32 bits', '2038-01-19T03:14:08Z', '32 bits hold'],
  ])('says what is wrong with %s', (_, timestamp, start) => {
    const reading = readTimestamp(timestamp);
    expect(reading).toEqual({ problem: expect.stringContaining(start) });
    expect(reading).toEqual({ problem: expect.stringContaining('2026-01-01T12:00:00Z') });
  });

  it.each([
    ['an empty string', ''],
    ['words', 'yesterday'],
    ['a US date', '11/14/2023'],
    ['null', null],
    ['a boolean', true],
    ['an object', {}],
    ['a hexadecimal string', '0x10'],
    ['an exponent in a string', '1e9'],
    ['a point without digits after it', '1767225600.'],
    ['a comma', '1767225600,5'],
    ['a week date', '2023-W46-2'],
    ['an ordinal date', '2023-318'],
    ['half of a basic date', '2026-0101T000000Z'],
    ['half of a basic time', '2026-01-01T00:0000Z'],
    ['a basic date with a Z and no time', '20260101Z'],
    ['a basic date with brackets', '20260101[UTC]'],
    ['a bracket that is not closed', '2026-01-01T00:00:00Z[UTC'],
    ['text after brackets', '2026-01-01T00:00:00Z[UTC]x'],
    ['a year of six digits', '+002023-11-14T22:13:20Z'],
    ['a time alone', '22:13:20Z'],
    ['digits of another script', '١٧٦٧٢٢٥٦٠٠'],
  ])('says which forms there are, for %s', (_, timestamp) => {
    expect(readTimestamp(timestamp)).toEqual({
      problem: expect.stringMatching(
        /^This field must be Unix seconds or milliseconds, or an ISO 8601/,
      ),
    });
  });
});
