import type { KinesisStreamEvent } from './kinesis-event.ts';

/**
 * Why an invocation failed. `error`, `timeout` and `crash`: the function ran, so it counts as an attempt.
 * `throttled` and `unavailable`: it never ran, so the mapping tries again without counting [AWS, DOC].
 */
export type FailureKind = 'error' | 'timeout' | 'crash' | 'throttled' | 'unavailable';

/** What one synchronous invocation of the function came to. */
export type InvokeResult =
  | { ok: true; value: unknown; requestId: string }
  | {
      ok: false;
      kind: FailureKind;
      errorType: string;
      errorMessage: string;
      requestId: string;
    };

/** Invokes the function once. Should never reject; a rejection is taken as `unavailable`. */
export type Invoke = (event: KinesisStreamEvent) => Promise<InvokeResult>;
