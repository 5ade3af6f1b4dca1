/** Why an invocation gave no value. */
export type FailureKind =
  /** The handler (or the bundle's import) threw; the function ran. */
  | 'error'
  /** The function ran out of its time and its environment was killed. */
  | 'timeout'
  /** The function's process ended before it answered. */
  | 'crash'
  /** Every environment is busy and the function does not queue; nothing ran. */
  | 'throttled'
  /** The function is stopped or no process could be started; nothing ran. */
  | 'unavailable';

export interface InvokeSuccess {
  ok: true;
  /** What the handler returned, after a round trip through JSON: `undefined` has become `null`. */
  value: unknown;
  requestId: string;
  /** The handler's time, without initialisation. */
  durationMs: number;
  /** From starting the process to its readiness; only on an invocation that started one. */
  initMs?: number;
}

export interface InvokeFailure {
  ok: false;
  kind: FailureKind;
  errorType: string;
  errorMessage: string;
  requestId: string;
}

/** The outcome of one synchronous invocation. */
export type InvokeResult = InvokeSuccess | InvokeFailure;

export interface InvokeOptions {
  /** The X-Ray header to run under, `Root=…`; a new one is made when absent. */
  traceHeader?: string | undefined;
}

/**
 * Invokes a function synchronously with an event that JSON can carry. Never rejects: every failure
 * is an {@link InvokeFailure}.
 */
export type Invoke = (event: unknown, options?: InvokeOptions) => Promise<InvokeResult>;
