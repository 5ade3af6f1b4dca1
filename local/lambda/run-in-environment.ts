import { systemClock } from '../../lib/clock.ts';
import type { Environment, Outcome } from './environment.ts';
import { crashed, thrown, timedOut, unavailable } from './failures.ts';
import type { InvokeFailure, InvokeResult } from './invoke-result.ts';
import type { InvocationMessage } from './messages.ts';

export interface Initialisation {
  /** Undefined when the environment is ready. */
  failure: InvokeFailure | undefined;
  initMs: number;
}

/**
 * Waits until a fresh environment is ready; one that fails, or takes longer than `limitMs`, is
 * ended. (Lambda repeats an initialisation that took too long within the first invocation.)
 */
export async function initialise(
  environment: Environment,
  limitMs: number,
  requestId: string,
): Promise<Initialisation> {
  const outcome = await within(limitMs, environment, environment.ready);
  const initMs = performance.now() - environment.startedAt;
  if (outcome?.type === 'ready') return { failure: undefined, initMs };
  await environment.kill();
  return { failure: outcomeFailure(outcome, limitMs, requestId), initMs };
}

/** Runs one invocation in a ready environment, and ends the environment when time is up. */
export async function runInvocation(
  environment: Environment,
  request: Omit<InvocationMessage, 'deadlineMs'>,
  timeoutMs: number,
): Promise<InvokeResult> {
  const { requestId } = request;
  const startedAt = performance.now();
  const message = { ...request, deadlineMs: Date.now() + timeoutMs };
  const outcome = await within(timeoutMs, environment, environment.run(message));
  const durationMs = performance.now() - startedAt;
  if (outcome?.type !== 'result') return outcomeFailure(outcome, timeoutMs, requestId);
  return { ok: true, value: JSON.parse(outcome.responseJson), requestId, durationMs };
}

function outcomeFailure(
  outcome: Outcome | undefined,
  limitMs: number,
  requestId: string,
): InvokeFailure {
  if (!outcome) return timedOut(limitMs, requestId);
  switch (outcome.type) {
    case 'error':
    case 'initError':
      return thrown(outcome.error, requestId);
    case 'exit':
      return crashed(outcome.exit, requestId);
    case 'notStarted':
      return unavailable(outcome.why, requestId);
    case 'ready':
    case 'result':
      throw new Error(`An environment answered "${outcome.type}" out of turn`);
  }
}

/** The outcome, or undefined once `limitMs` have passed and the environment has been ended. */
async function within(
  limitMs: number,
  environment: Environment,
  outcome: Promise<Outcome>,
): Promise<Outcome | undefined> {
  const stop = new AbortController();
  const late = systemClock.sleep(limitMs, stop.signal).then(() => undefined);
  const first = await Promise.race([outcome, late]);
  stop.abort('over');
  if (!first) await environment.kill();
  return first;
}
