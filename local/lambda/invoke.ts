import { randomUUID } from 'node:crypto';

/** The reason why an invocation gave no value. */
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

interface InvokeSuccess {
  ok: true;
  /** The handler's result, after a round trip through JSON: `undefined` has become `null`. */
  value: unknown;
  requestId: string;
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

interface InvokeOptions {
  /** The X-Ray header to run under, `Root=…`; a new one is made when absent. */
  traceHeader?: string | undefined;
}

/**
 * Invokes a function synchronously with an event that JSON can carry. Never rejects: every failure
 * is an {@link InvokeFailure}.
 */
export type Invoke = (event: unknown, options?: InvokeOptions) => Promise<InvokeResult>;

/**
 * A new X-Ray trace header: version, the time in seconds as eight hexadecimal digits, and 24 random digits.
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html
 */
export function newTraceHeader(nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000)
    .toString(16)
    .padStart(8, '0');
  // Node keeps random bytes in stock for UUIDs; `randomBytes` makes a system call each time.
  const random = randomUUID().replaceAll('-', '').slice(-24);
  return `Root=1-${seconds}-${random}`;
}
