import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toUnixSeconds } from '../../../lib/event/timestamp.ts';

describe('toUnixSeconds', () => {
  it.each([
    ['Unix seconds', 1_700_000_000, 1_700_000_000],
    ['Unix milliseconds', 1_700_000_000_999, 1_700_000_000],
    ['the epoch', 0, 0],
    ['a time before the epoch', -86_400, -86_400],
    ['seconds in a string', '1700000000', 1_700_000_000],
    ['milliseconds in a string', ' 1700000000999 ', 1_700_000_000],
    ['a UTC date-time', '2023-11-14T22:13:20Z', 1_700_000_000],
    ['a date-time with fractions', '2023-11-14T22:13:20.987654Z', 1_700_000_000],
    ['an offset', '2023-11-15T00:13:20+02:00', 1_700_000_000],
    ['an offset without a colon', '2023-11-15T00:13:20+0200', 1_700_000_000],
    ['an offset in hours', '2023-11-15T00:13:20+02', 1_700_000_000],
    ['a date-time without an offset, as UTC', '2023-11-14T22:13:20', 1_700_000_000],
    ['no seconds', '2023-11-14T22:13Z', 1_699_999_980],
    ['a date', '2023-11-14', 1_699_920_000],
    ['29 February of a leap year', '2024-02-29', 1_709_164_800],
    ['a decimal comma', '2023-11-14T22:13:20,5Z', 1_700_000_000],
    ['a space instead of the T, and small letters', '2023-11-14 22:13:20z', 1_700_000_000],
    ['a negative offset', '2023-11-14T16:43:20-05:30', 1_700_000_000],
    ['midnight at the end of a day', '2023-11-14T24:00:00Z', 1_700_006_400],
    ['a leap second, as the second after it', '2016-12-31T23:59:60Z', 1_483_228_800],
    ['a leap second elsewhere', '2017-01-01T05:29:60+05:30', 1_483_228_800],
    ['minus zero', -0, 0],
    ['minus zero in a string', '-0', 0],
    ['the first second of a 32-bit Int', '1901-12-13T20:45:52Z', -2_147_483_648],
    ['the last second of a 32-bit Int', '2038-01-19T03:14:07Z', 2_147_483_647],
  ])('reads %s', (_, timestamp, seconds) => {
    expect(toUnixSeconds(timestamp)).toBe(seconds);
  });

  it.each([
    ['a fraction', 1.5],
    ['NaN', Number.NaN],
    ['beyond 2^53', 2 ** 53],
    ['a second too late for a 32-bit Int', 2_147_483_648],
    ['30 February', '2023-02-30'],
    ['month 13', '2023-13-01'],
    ['hour 25', '2023-01-01T25:00:00Z'],
    ['an empty string', ''],
    ['words', 'yesterday'],
    ['a US date', '11/14/2023'],
    ['null', null],
    ['a boolean', true],
    ['an object', {}],
    ['a hexadecimal string', '0x10'],
    ['an exponent', '1e9'],
    ['seconds with a fraction in a string', '1700000000.5'],
    ['microseconds', 1_700_000_000_000_000],
    ['a week date', '2023-W46-2'],
    ['an ordinal date', '2023-318'],
    ['a basic date-time', '20231114T221320Z'],
    ['a year of six digits', '+002023-11-14T22:13:20Z'],
    ['a leap second in the middle of a day', '2016-12-31T12:00:60Z'],
    ['an offset of a day', '2023-11-14T22:13:20+24:00'],
    ['a second past midnight at the end of a day', '2023-11-14T24:00:01Z'],
    ['minute 60', '2023-01-01T00:60:00Z'],
    ['a time alone', '22:13:20Z'],
    ['digits of another script', '١٧٠٠٠٠٠٠٠٠'],
  ])('refuses %s', (_, timestamp) => {
    expect(toUnixSeconds(timestamp)).toBeUndefined();
  });

  it('gives the same second for every form of one time', () => {
    const seconds = fc.integer({ min: 100_000_000, max: 2_147_483_647 });
    fc.assert(
      fc.property(seconds, (time) => {
        const iso = new Date(time * 1000).toISOString();
        const forms = [time, time * 1000 + 7, String(time), String(time * 1000), iso];
        expect(forms.map(toUnixSeconds)).toEqual(forms.map(() => time));
      }),
    );
  });
});
