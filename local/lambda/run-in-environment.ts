import type { Environment, Exit, Outcome } from './environment.ts';
import type { FailureKind, InvokeFailure, InvokeResult } from './invoke.ts';
import type { ErrorReport, InvocationMessage } from './messages.ts';

/**
 * Waits until a fresh environment is ready; one that fails, or takes longer than `limitMs`, is
 * ended, and its failure is returned. (Lambda repeats an initialisation that took too long within the first invocation.)
 */
export async function initialise(
  environment: Environment,
  limitMs: number,
  requestId: string,
): Promise<InvokeFailure | undefined> {
  const outcome = await within(limitMs, environment, environment.ready);
  if (outcome?.type === 'ready') return undefined;
  await environment.kill();
  return outcomeFailure(outcome, limitMs, requestId);
}

/** Runs one invocation in a ready environment, and ends the environment when time is up. */
export async function runInvocation(
  environment: Environment,
  request: Omit<InvocationMessage, 'deadlineMs'>,
  timeoutMs: number,
): Promise<InvokeResult> {
  const { requestId } = request;
  const message = { ...request, deadlineMs: Date.now() + timeoutMs };
  const outcome = await within(timeoutMs, environment, environment.run(message));
  if (outcome?.type !== 'result') return outcomeFailure(outcome, timeoutMs, requestId);
  return { ok: true, value: JSON.parse(outcome.responseJson), requestId };
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
function within(
  limitMs: number,
  environment: Environment,
  outcome: Promise<Outcome>,
): Promise<Outcome | undefined> {
  return new Promise((resolve) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      environment.kill().then(() => resolve(undefined));
    }, limitMs);
    outcome.then((first) => {
      clearTimeout(timer);
      if (!isLate) resolve(first);
    });
  });
}

/** The words of Lambda's runtime supervisor for the signals that a function usually dies of. */
const signalWords: Partial<Record<NodeJS.Signals, string>> = {
  SIGKILL: 'killed',
  SIGABRT: 'aborted',
  SIGTERM: 'terminated',
  SIGSEGV: 'segmentation fault',
};

function failure(
  kind: FailureKind,
  errorType: string,
  errorMessage: string,
  requestId: string,
): InvokeFailure {
  return { ok: false, kind, errorType, errorMessage, requestId };
}

/** The handler, or the import of its bundle, threw. */
function thrown(error: ErrorReport, requestId: string): InvokeFailure {
  return failure('error', error.errorType, error.errorMessage, requestId);
}

/** The invocation, or an initialisation before it, took longer than it may. */
function timedOut(limitMs: number, requestId: string): InvokeFailure {
  const message = `${requestId} Task timed out after ${(limitMs / 1000).toFixed(2)} seconds`;
  return failure('timeout', 'Sandbox.Timedout', message, requestId);
}

/** The process ended: of an error it reported, of a full heap, or by an exit status or a signal. */
function crashed(exit: Exit, requestId: string): InvokeFailure {
  if (exit.lastError) {
    return failure('crash', exit.lastError.errorType, exit.lastError.errorMessage, requestId);
  }
  const errorType = exit.outOfMemory ? 'Runtime.OutOfMemory' : 'Runtime.ExitError';
  return failure(
    'crash',
    errorType,
    `RequestId: ${requestId} Error: ${exitWords(exit)}`,
    requestId,
  );
}

function exitWords({ code, signal }: Exit): string {
  if (signal) return `Runtime exited with error: signal: ${signalWords[signal] ?? signal}`;
  if (code === 0) return 'Runtime exited without providing a reason';
  return `Runtime exited with error: exit status ${code}`;
}

export function throttled(requestId: string): InvokeFailure {
  return failure('throttled', 'TooManyRequestsException', 'Rate Exceeded.', requestId);
}

export function unavailable(why: string, requestId: string): InvokeFailure {
  return failure('unavailable', 'ServiceException', why, requestId);
}

/** The limit of a synchronous request. Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const maxRequestBytes = 6_291_456;

/** Lambda refuses the event before the function runs, but its caller may not try the same again. */
export function requestTooLarge(requestId: string): InvokeFailure {
  const message = `Request must be smaller than ${maxRequestBytes} bytes for the InvokeFunction operation`;
  return failure('error', 'RequestTooLargeException', message, requestId);
}
