import { describe, expect, it } from 'vitest';
import { checkChange, defaultSettings } from '../../../local/target/settings.ts';

describe('a change of settings', () => {
  it('names every bad field at once', () => {
    const checked = checkChange(defaultSettings, {
      limitPerSecond: 0,
      limitAlgorithm: 'leaky',
      errorShare: 1.5,
      outage: { mode: 'sulk' },
      speed: 3,
    });
    expect(fieldsOf(checked)).toEqual([
      'errorShare',
      'limitAlgorithm',
      'limitPerSecond',
      'outage.durationMs',
      'outage.mode',
      'speed',
    ]);
  });

  it.each([
    ['a list', []],
    ['text', 'fast'],
    ['nothing', undefined],
    ['null', null],
  ])('is refused when it is %s', (_name, input) => {
    const checked = checkChange(defaultSettings, input);
    expect(checked).toEqual({
      accepted: false,
      problems: [{ field: '', message: 'must be a JSON object' }],
    });
  });

  it('is refused when the shares add up to more than every call', () => {
    const current = { ...defaultSettings, errorShare: 0.6 };
    expect(fieldsOf(checkChange(current, { lostResponseShare: 0.5 }))).toEqual([
      'lostResponseShare',
    ]);
  });

  it('fills in an outage', () => {
    expect(checkChange(defaultSettings, { outage: { durationMs: 10 } })).toEqual({
      accepted: true,
      change: { outage: { afterMs: 0, durationMs: 10, mode: '503' } },
    });
  });

  it('may change nothing', () => {
    expect(checkChange(defaultSettings, {})).toEqual({ accepted: true, change: {} });
  });
});

function fieldsOf(checked: ReturnType<typeof checkChange>): string[] {
  return checked.accepted ? [] : checked.problems.map(({ field }) => field).sort();
}
