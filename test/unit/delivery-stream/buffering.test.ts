import { expect, test } from 'vitest';
import { isDue } from '../../../local/delivery-stream/record-buffer.ts';

const LIMITS = { bufferBytes: 100, bufferIntervalMs: 1_000 };

test.each([
  { name: 'an empty buffer never', bytes: 0, openedAtMs: undefined, nowMs: 9_999, due: false },
  { name: 'a fresh small one not yet', bytes: 99, openedAtMs: 5_000, nowMs: 5_999, due: false },
  { name: 'a full one at once', bytes: 100, openedAtMs: 5_000, nowMs: 5_000, due: true },
  { name: 'a small one in time', bytes: 1, openedAtMs: 5_000, nowMs: 6_000, due: true },
])('closes $name', ({ bytes, openedAtMs, nowMs, due }) => {
  expect(isDue({ bytes, openedAtMs }, LIMITS, nowMs)).toBe(due);
});
