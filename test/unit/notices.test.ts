import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createNotices } from '../../local/notices.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('tells the first of a kind at once, in one line, and then how many more there were', () => {
  const told: string[] = [];
  const notice = createNotices((line) => told.push(line));
  notice('ingest: late', 'ingest: late (one\n  two)');
  for (let n = 0; n < 41; n++) notice('ingest: late', 'ingest: late (another)');
  notice('dispatch: sick', 'dispatch: sick');
  expect(told).toEqual(['ingest: late (one two)', 'dispatch: sick']);
  vi.advanceTimersByTime(5000);
  expect(told.slice(2)).toEqual(['ingest: late: 41 more within 5 s']);
  notice('ingest: late', 'ingest: late (again)');
  expect(told.slice(3)).toEqual(['ingest: late (again)']);
});
