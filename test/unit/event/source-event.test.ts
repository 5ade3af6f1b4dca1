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

  it('counts the characters of an id, not its UTF-16 units', () => {
    expect(checkSourceEvent({ ...VALID, id: '😀'.repeat(256) }).valid).toBe(true);
    expect(checkSourceEvent({ ...VALID, id: 'x'.repeat(257) }).valid).toBe(false);
  });
});
