import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { createProgress } from '../../../scripts/progress.ts';
import { createReadingNote } from '../../../scripts/reading-note.ts';
import { createWaitingNote } from '../../../scripts/waiting-note.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('says what a command waits for after two seconds, and again every five', () => {
  const told: string[] = [];
  const note = createWaitingNote(false, (line) => told.push(line));
  note.set('reading the journal: 0 records');
  vi.advanceTimersByTime(1900);
  expect(told).toEqual([]);
  note.set('reading the journal: 500 records');
  vi.advanceTimersByTime(200);
  note.set('reading the journal: 900 records');
  vi.advanceTimersByTime(5000);
  note.stop();
  vi.advanceTimersByTime(60_000);
  expect(told).toEqual([
    'reading the journal: 500 records …',
    'reading the journal: 900 records …',
  ]);
});

it('shows progress without a terminal as a line every five seconds, and the last one', () => {
  const told: string[] = [];
  const error = vi.spyOn(console, 'error').mockImplementation((line) => void told.push(line));
  const isTTY = process.stderr.isTTY;
  onTestFinished(() => {
    process.stderr.isTTY = isTTY;
    error.mockRestore();
  });
  process.stderr.isTTY = false;
  const progress = createProgress('replaying', 100);
  for (let second = 1; second <= 12; second++) {
    progress.update(second, '1/s');
    vi.advanceTimersByTime(1000);
  }
  vi.advanceTimersByTime(20_000);
  progress.update(13, 'waits: dispatch is 75 s behind');
  progress.stop();
  expect(told).toEqual([
    'replaying  5/100 1/s',
    'replaying  10/100 1/s',
    'replaying  12/100 1/s',
    'replaying  13/100 waits: dispatch is 75 s behind',
  ]);
});

it('says what a command reads in one line of a terminal, which goes away', () => {
  let shown = '';
  const { isTTY } = process.stderr;
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    shown += text;
    return true;
  });
  onTestFinished(() => {
    process.stderr.isTTY = isTTY;
    write.mockRestore();
  });
  process.stderr.isTTY = true;
  const note = createReadingNote();
  for (let index = 0; index < 3; index++) {
    note.set(`reading: ${index} objects`);
    vi.advanceTimersByTime(150);
  }
  note.stop();
  expect(shown.split('\r\u001b[K')).toEqual(['', 'reading: 0 objects', 'reading: 2 objects', '']);
  shown = '';
  createReadingNote(true).set('reading');
  vi.advanceTimersByTime(10_000);
  expect(shown).toBe('');
});
