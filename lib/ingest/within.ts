import type { Clock } from '../ports.ts';

/**
 * Runs `work` until it ends, but not beyond `untilMs` nor after `stop` aborts: then its signal aborts and this rejects, whether
 * `work` heeds the signal or not.
 */
export async function within<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  { untilMs, stop, clock }: { untilMs: number; stop: AbortSignal; clock: Clock },
): Promise<Result> {
  const limitMs = Math.max(0, untilMs - clock.now());
  const call = new AbortController();
  const ended = new AbortController();
  const wake = () => ended.abort('stopped');
  stop.addEventListener('abort', wake, { once: true });
  const limit = clock.sleep(limitMs, ended.signal).then(() => {
    const reason = stop.aborted ? 'it was no longer needed' : `no answer within ${limitMs} ms`;
    call.abort(reason);
    throw new Error(reason);
  });
  try {
    return await Promise.race([work(call.signal), limit]);
  } finally {
    stop.removeEventListener('abort', wake);
    ended.abort('ended');
  }
}
