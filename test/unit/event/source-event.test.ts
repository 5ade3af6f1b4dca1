import { describe, expect, it } from 'vitest';
import { checkSourceEvent } from '../../../lib/event/source-event.ts';

const VALID = { id: 'e-1', name: 'signup', body: 'hello', timestamp: 1_700_000_000 };

describe('checkSourceEvent', () => {
  it('accepts an event and keeps it as it is, unknown fields included', () => {
    const payload = { ...VALID, extra: { nested: [1] } };
    expect(checkSourceEvent(payload)).toEqual({ valid: true, event: payload });
  });

  it('names every bad field at once', () => {
    const check = checkSourceEvent({ id: '', name: 7, timestamp: 'soon' });
    expect(check).toMatchObject({ valid: false });
    const fields = check.valid ? [] : check.problems.map(({ field }) => field);
    expect(fields).toEqual(['id', 'name', 'body', 'timestamp']);
  });

  it.each([
    ['null', null],
    ['an array', [VALID]],
    ['a string', 'event'],
    ['a number', 1],
  ])('refuses %s as a body', (_, payload) => {
    expect(checkSourceEvent(payload)).toMatchObject({ valid: false, problems: [{ field: '' }] });
  });

  it.each([
    ['256 characters', 'x'.repeat(256), true],
    ['257 characters', 'x'.repeat(257), false],
    ['128 emoji', '😀'.repeat(128), true],
    ['129 emoji', '😀'.repeat(129), false],
    ['half of a surrogate pair', 'x\ud800', false],
    ['a NUL', 'x\u0000y', false],
    ['a line break', 'x\ny', false],
    ['spaces and accents', ' é ', true],
  ])('of an id with %s', (_, id, valid) => {
    expect(checkSourceEvent({ ...VALID, id }).valid).toBe(valid);
  });

  it.each(['name', 'body'])(
    'refuses half of a surrogate pair in %s, and keeps line breaks',
    (field) => {
      expect(checkSourceEvent({ ...VALID, [field]: 'x\udc00' }).valid).toBe(false);
      expect(checkSourceEvent({ ...VALID, [field]: 'x\n\ty' }).valid).toBe(true);
    },
  );
});
