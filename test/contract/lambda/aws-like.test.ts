import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { testFunction } from './test-function.ts';

/** The state of a process: T is stopped. Source: proc_pid_stat(5) */
function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ', 1)[0] ?? '';
}

const answerOf = (result: { ok: boolean; value?: unknown }) => Object(result.ok && result.value);

describe('environments as on AWS', () => {
  it.runIf(process.platform === 'linux')('are frozen between invocations', async () => {
    const fn = testFunction({ isAwsLike: true, maxEnvironments: 1 });
    const untilFrozen = () =>
      vi.waitFor(() => expect(fn.pids().map(stateOf)).toEqual(['T']), { interval: 5 });
    await fn.warm();
    await untilFrozen();
    const running = fn.invoke({ do: 'hold', name: 'a' });
    await fn.wrote('holding a');
    expect(fn.pids().map(stateOf)).not.toContain('T');
    await fn.release('a');
    expect(await running).toMatchObject({ ok: true });
    await untilFrozen();
    expect(await fn.invoke({ do: 'throw', message: 'no' })).toMatchObject({ kind: 'error' });
    await untilFrozen();
    await fn.stop();
    expect(fn.pids()).toEqual([]);
  });

  it('run no timer before the next invocation', async () => {
    const fn = testFunction({ isAwsLike: true, maxEnvironments: 1 });
    expect(await fn.invoke({ do: 'throwAfterwards' })).toMatchObject({ ok: true });
    expect(await fn.invoke({ do: 'never' })).toMatchObject({ kind: 'crash' });
  });

  it('end at a timeout and at a kill, frozen or not', async () => {
    const fn = testFunction({ isAwsLike: true, maxEnvironments: 2, timeoutMs: 300 });
    await fn.warm(2);
    expect(await fn.invoke({ do: 'never' })).toMatchObject({ kind: 'timeout' });
    fn.kill();
    await vi.waitFor(() => expect(fn.pids()).toEqual([]));
  });

  it('are used in any order', async () => {
    const fn = testFunction({ isAwsLike: true, maxEnvironments: 2 });
    await fn.warm(2);
    const used = new Set<number>();
    for (let count = 0; count < 100 && used.size < 2; count++)
      used.add(answerOf(await fn.invoke({ do: 'about' })).pid);
    expect(used.size).toBe(2);
  });

  it('have clocks that differ by up to 2 ms, and know nothing of it', async () => {
    const fn = testFunction({ isAwsLike: true, maxEnvironments: 1 });
    const sentMs = Date.now();
    const about = answerOf(await fn.invoke({ do: 'clock' }));
    const receivedMs = Date.now();
    expect(about.nowMs).toBeGreaterThanOrEqual(sentMs - 2);
    expect(about.nowMs).toBeLessThanOrEqual(receivedMs + 2);
    expect(about).toMatchObject({ isDate: true, differenceMs: expect.toBeOneOf([0, 1]) });
    expect(about.parsed).toBe('2026-01-02T00:00:00.000Z');
  });
});
