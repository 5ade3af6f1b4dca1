/**
 * The facts of the journal: everything that happens to an event, one JSON object per record of the
 * stream and one per line of the archive. Every other store can be rebuilt from them.
 */

/** Marks a fact that belongs to a replay run, so that what was settled before does not stop it. */
export interface Replay {
  runId: string;
  reason: string;
}

/** The verdict on one attempt, as in `Verdict` of `lib/ports.ts`; `transient` stands in facts that were written before those. */
export type AttemptOutcome =
  | 'delivered'
  | 'duplicate'
  | 'throttled'
  | 'unavailable'
  | 'unknown'
  | 'unauthorized'
  | 'rejected'
  | 'transient';

export interface Attempt {
  /** When the call started, ISO 8601 UTC. */
  at: string;
  /** How long it took, in milliseconds. */
  ms: number;
  outcome: AttemptOutcome;
  /** The HTTP status; `null` when no response came. */
  status: number | null;
  /** Code and message of a failure, at most 100 characters; absent in facts that were written before it. */
  error?: string;
}

/** `undecided`: it was parked for `straggler_max_age_hours`, and in all that time nothing showed whether event or target is to blame. */
export type DeadLetterReason = 'malformed' | 'rejected' | 'exhausted' | 'undecided';

export interface FactError {
  code: string;
  message: string;
  status: number | null;
}

interface FactBase {
  /** Schema version. */
  v: 1;
  /** The source's `id`, as sent. */
  eventId: string;
  /** When it happened, ISO 8601 UTC with milliseconds. */
  at: string;
  /** W3C trace id (32 hex digits): that of the HTTP request, or of the event in a replay run. */
  traceId: string;
  /** The caller's W3C trace flags, 0 to 255, of which bit 0 is *sampled*; absent where the HTTP request had none. */
  traceFlags?: number;
  replay?: Replay;
}

/** A span in another trace. */
interface LinkedSpan {
  /** 32 hex digits. */
  traceId: string;
  /** 16 hex digits. */
  spanId: string;
}

/** Every type of fact. */
export const FACT_TYPES = [
  'received',
  'deferred',
  'delivered',
  'deadLettered',
  'dismissed',
] as const satisfies readonly Fact['type'][];

export interface ReceivedFact extends FactBase {
  type: 'received';
  /** The span of the caller in the trace of the HTTP request, 16 hex digits; absent where there was none. */
  parentSpanId?: string;
  /** Span of the receipt that is replayed; on a replay's facts only. */
  replayOf?: LinkedSpan;
  /** The name of the API key that the event came with, never the key; absent where none was asked for. */
  keyName?: string;
  /** The API's id of the request, as its access log and the answer's `apigw-requestid` have it; absent where there was none. */
  requestId?: string;
  /**
   * The journal may hold another copy of this fact, on another shard perhaps: it was appended again after an attempt without an
   * answer, or came through the spill bucket. The target is asked whether it has the event before it is created.
   */
  mayRepeat?: true;
  /** Times that this delivery has been parked; absent for none. Part of what identifies a delivery. */
  deferral?: number;
  /** When it was parked for the first time, ISO 8601 UTC. */
  deferredSince?: string;
  /** Failed attempts before it was parked, those while the target was sick not counted; absent for none. */
  failedAttempts?: number;
  /** The newest attempts before it was parked, at most ten. */
  attempts?: Attempt[];
  /** The JSON body as the source sent it, unknown fields included. */
  payload: unknown;
}

/** A fact that ends a delivery. */
interface EndBase extends FactBase {
  /** `at` of the `received` fact that it ends, ISO 8601 UTC; absent in facts that were written before it. */
  receivedAt?: string;
  /** The newest attempts, newest last, at most ten. */
  attempts: Attempt[];
  /** Number of the first attempts that an earlier `deferred` fact has already; absent for none. */
  carriedAttempts?: number;
}

/** The event is parked: it waits in the spill bucket, outside the journal, until it is released to be tried again. */
export interface DeferredFact extends EndBase {
  type: 'deferred';
  /** Copied from the `received` fact. */
  keyName?: string;
  /** 1 when it is parked for the first time. */
  deferral: number;
  /** When it is due, ISO 8601 UTC. */
  until: string;
  /** Failed attempts in all; those while the target was sick do not count. */
  failedAttempts: number;
  /** The last error. */
  error: FactError;
}

export interface DeliveredFact extends EndBase {
  type: 'delivered';
  /** Copied from the `received` fact that it ends. */
  deferral?: number;
  /** Milliseconds from `received.at` to the first attempt. */
  queuedMs: number;
  /** Milliseconds of the successful call. */
  dispatchMs: number;
  /** The target already had the event and it was not created again. */
  verified?: true;
}

export interface DeadLetteredFact extends EndBase {
  type: 'deadLettered';
  /** Copied from the `received` fact. */
  keyName?: string;
  /** Copied from the `received` fact that it ends. */
  deferral?: number;
  reason: DeadLetterReason;
  error: FactError;
  payload: unknown;
}

/** A person decided that a dead letter needs nothing: it ends every dead letter of the event before it. A later replay opens the event again. */
export interface DismissedFact extends FactBase {
  type: 'dismissed';
  /** Copied from the dead letter. */
  deferral?: number;
  /** For people, why. */
  reason: string;
}

export type Fact = ReceivedFact | DeferredFact | DeliveredFact | DeadLetteredFact | DismissedFact;

/** At most this many attempts are kept in a fact. */
export const MAX_ATTEMPTS_KEPT = 10;
