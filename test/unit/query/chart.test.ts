import { describe, expect, it } from 'vitest';
import { chartOf } from '../../../scripts/query/chart.ts';

const columns = ['minute', 'delivered', 'latency_p50_ms', 'note'];

describe('a chart', () => {
  it('has a bar for each minute, also for those in which nothing happened', () => {
    const rows = [
      ['2026-01-01T10:00Z', 40, 5, 'a'],
      ['2026-01-01T10:01Z', 20, 5, 'a'],
      ['2026-01-01T10:04Z', 5, null, 'a'],
    ];
    expect(chartOf({ columns, rows }, 'delivered', 33).split('\n')).toEqual([
      'minute             delivered',
      '2026-01-01T10:00Z  ██████████ 40',
      '2026-01-01T10:01Z  █████ 20',
      '2026-01-01T10:02Z   0',
      '2026-01-01T10:03Z   0',
      '2026-01-01T10:04Z  █▎ 5',
    ]);
    expect(chartOf({ columns, rows }, 'latency_p50_ms', 33)).toContain('10:04Z   0');
  });

  it('is drawn of one row, and of none', () => {
    const rows = [['2026-01-01T10:00Z', 0, 0, '']];
    expect(chartOf({ columns, rows }, 'delivered', 80)).toBe(
      'minute             delivered\n2026-01-01T10:00Z   0',
    );
    expect(chartOf({ columns, rows: [] }, 'delivered', 80)).toBe('minute  delivered');
  });

  it('leaves gaps out that would be thousands of lines', () => {
    const rows = ['2026-01-01T10:00Z', '2026-01-01T10:01Z', '2026-03-01T10:00Z'].map((time) => [
      time,
      1,
    ]);
    expect(chartOf({ columns: ['minute', 'n'], rows }, 'n', 80).split('\n')).toHaveLength(4);
  });

  it('names what can be drawn', () => {
    const rows = [['2026-01-01T10:00Z', 40, 5, 'a']];
    expect(() => chartOf({ columns, rows }, 'note', 80)).toThrow(
      '--chart note: there are delivered, latency_p50_ms.',
    );
    const names = { columns: ['name', 'events'], rows: [['order.placed', 1]] };
    expect(() => chartOf(names, 'events', 80)).toThrow('--chart: name is no time.');
  });
});
