import type { FailureKind, InvokeFailure } from './invoke-result.ts';
import type { ErrorReport } from './messages.ts';

/** How a process ended without answering. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** V8 said that its heap is full before it aborted. */
  outOfMemory: boolean;
  /** What the process reported on its way out, when an error that nobody caught ended it. */
  lastError?: ErrorReport | undefined;
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
export function thrown(error: ErrorReport, requestId: string): InvokeFailure {
  return failure('error', error.errorType, error.errorMessage, requestId);
}

/** The invocation, or an initialisation before it, took longer than it may. */
export function timedOut(limitMs: number, requestId: string): InvokeFailure {
  const message = `${requestId} Task timed out after ${(limitMs / 1000).toFixed(2)} seconds`;
  return failure('timeout', 'Sandbox.Timedout', message, requestId);
}

/** The process ended: of an error it reported, of a full heap, or by an exit status or a signal. */
export function crashed(exit: Exit, requestId: string): InvokeFailure {
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
