import type { Clock } from '../ports.ts';
import type { Stop } from './stop.ts';

/**
 * Runs `work` until it ends, but not beyond `untilMs` nor after `stop`: then its signal aborts and this rejects, whether `work`
 * heeds the signal or not.
 */
export function within<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  { untilMs, stop, clock }: { untilMs: number; stop: Stop; clock: Clock },
): Promise<Result> {
  const limitMs = Math.max(0, untilMs - clock.now());
  return new Promise((resolve, reject) => {
    const call = new AbortController();
    const giveUp = (reason: string) => {
      end();
      call.abort(reason);
      reject(new Error(reason));
    };
    const cancel = clock.after(limitMs, () => giveUp(`no answer within ${limitMs} ms`));
    const forget = stop.onStop(() => giveUp('it was no longer needed'));
    const end = () => {
      cancel();
      forget();
    };
    work(call.signal).then(
      (result) => {
        end();
        resolve(result);
      },
      (error) => {
        end();
        reject(error);
      },
    );
  });
}
