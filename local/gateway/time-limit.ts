import type { Clock } from '../../lib/ports.ts';

/** What `work` comes to, or `late` when that takes longer than `limitMs`; the work itself goes on. */
export async function withinTime<T>(
  clock: Clock,
  limitMs: number,
  work: Promise<T>,
): Promise<T | 'late'> {
  const stop = new AbortController();
  const limit = clock.sleep(limitMs, stop.signal).then(() => 'late' as const);
  try {
    return await Promise.race([work, limit]);
  } finally {
    stop.abort('over');
  }
}
