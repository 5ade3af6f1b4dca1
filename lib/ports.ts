import type { Fact, ReceivedFact } from './event/fact.ts';
import type { OpenEvent, OpenState } from './status/problems.ts';
import type { StatusRow } from './status/rows.ts';
import type { TimelineEntry } from './status/timeline.ts';

/**
 * The ports between the pure core and the world: each is a small interface with one adapter for
 * AWS (in `lib/aws/`, or beside its protocol) and a fake in `test/support/` that passes the same
 * contract suite.
 */

/** Time as a dependency, so that no test has to sleep. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Resolves after `ms`, or at once (without an error) when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Runs `work` after `ms`, unless what this answers is called before. */
  after(ms: number, work: () => void): () => void;
}

/** One record of the journal's stream. */
export interface StreamRecord {
  shardId: string;
  /** Decimal digits; compare as BigInt, never as text. */
  sequenceNumber: string;
  partitionKey: string;
  data: Uint8Array;
  approximateArrivalMs: number;
}

/** One shard; `closed` means that no more records will be written to it (split or merged). */
export interface Shard {
  shardId: string;
  /** Zero, one (after a split) or two (after a merge) parents; a parent past retention is absent from the listing. */
  parentShardIds: string[];
  closed: boolean;
}

export type StreamPosition =
  | { type: 'TRIM_HORIZON' }
  | { type: 'LATEST' }
  | { type: 'AT_TIMESTAMP'; timestampMs: number }
  | { type: 'AFTER_SEQUENCE_NUMBER'; sequenceNumber: string };

export interface StreamPage {
  records: StreamRecord[];
  /** Absent once a closed shard has been read to its end. */
  nextIterator: string | undefined;
  millisBehindLatest: number;
}

/** Reads a Kinesis stream shard by shard, in order. */
export interface StreamReader {
  listShards(): Promise<Shard[]>;
  /** Opens an iterator; it expires after five minutes, so reopen from the last sequence number when a read says so. */
  open(shardId: string, position: StreamPosition): Promise<string>;
  /**
   * At most `limit` records (1–10,000) after the iterator. Rejects with an error named `ExpiredIteratorException` when the iterator is too
   * old. A reader that waits for records rejects when `signal` aborts.
   */
  read(iterator: string, limit: number, signal?: AbortSignal): Promise<StreamPage>;
}

/** The journal: one append-only stream of facts. */
export interface Journal {
  /** Appends facts, retrying those that fail but not after `untilMs`; answers those that could not be appended. */
  appendAll(facts: Fact[], untilMs?: number): Promise<Fact[]>;
}

/**
 * One attempt to append one fact to the journal; `elsewhere` puts it on any shard rather than on that of its partition key.
 * Rejects with `JournalUnavailableError`.
 */
export type AppendToJournal = (
  fact: Fact,
  attempt: { signal: AbortSignal; elsewhere: boolean },
) => Promise<void>;

/** Where an accepted event waits when the journal cannot take it in time. */
export interface SpillStore {
  /** One attempt. Rejects with `SpillUnavailableError`. */
  write(fact: ReceivedFact, signal: AbortSignal): Promise<void>;
}

/** One accepted API key: its name for logs, its SHA-256 as 64 hex digits. The key itself is never stored. */
export interface ApiKeyHash {
  name: string;
  sha256: string;
}

export interface ApiKeyStore {
  /** The keys accepted now, or lately while they cannot be read. Rejects when there are none that may still be used. */
  load(): Promise<ApiKeyHash[]>;
  /** The keys of the last few seconds: for a key that may just have been added. Rejects when they cannot be read now. */
  loadLatest(): Promise<ApiKeyHash[]>;
}

/** The spans of one batch, counted. */
export interface SpanReport {
  exported: number;
  /** Kept in memory for the next batch. */
  kept: number;
  /** Never exported. */
  lost: number;
}

/** Exports the spans of facts, and ends within seconds, or at `untilMs`. Never rejects. */
export type ExportSpans = (facts: readonly Fact[], untilMs: number) => Promise<SpanReport>;

/** Reads the text of one secret. Rejects when it cannot be read, or when `signal` aborts. */
export type ReadSecret = (signal: AbortSignal) => Promise<string>;

/** What proves to the target who we are. */
export interface TargetCredential {
  /** HTTP headers for a request; a promise only when they have to be read first. Throws or rejects when they cannot be. */
  headers(): Record<string, string> | Promise<Record<string, string>>;
  /** The target refused them: they may have been replaced. */
  refused(): void;
}

/** Conditions of a call. */
export interface TargetCall {
  traceId: string;
  /** The span that the target continues, 16 hex digits; absent: a new one. */
  spanId?: string | undefined;
  /** W3C trace flags; absent: sampled. */
  traceFlags?: number | undefined;
  /** Over a connection of its own, not over one that is kept. */
  newConnection?: boolean | undefined;
}

/** One event as the target contract sees it. */
export interface TargetEvent {
  id: string;
  /** The JSON payload as the source sent it, parsed. */
  payload: unknown;
  /** Its time in whole Unix seconds. */
  timestamp: number;
}

/** Why a call did not do what it was made for; part of every verdict that is not a success. */
export interface Failure {
  /** Upper case with underscores, such as `HTTP_503`, `ECONNRESET` or the server's own code. */
  code: string;
  message: string;
  /** The wait that the target asked for, in milliseconds; absent when it asked for none. */
  waitMs?: number;
  /**
   * A connection that was kept from an earlier call was reset before any response. That says nothing of the target's health or of the event.
   * Never of a call with `newConnection`.
   */
  reusedConnection?: true;
}

/** The meaning of an answer for one event that was to be created. */
export type Verdict =
  /** The target created it, now or through an earlier call with the same idempotency key. */
  | { kind: 'delivered' }
  /** The target has an item with this id already. */
  | { kind: 'duplicate' }
  /** Not done: too many calls. */
  | ({ kind: 'throttled' } & Failure)
  /** Certainly not done, and may succeed later. */
  | ({ kind: 'unavailable' } & Failure)
  /** May have been done: look it up before anything else. */
  | ({ kind: 'unknown' } & Failure)
  /** Not done: the target refuses our credential. */
  | ({ kind: 'unauthorized' } & Failure)
  /**
   * Not done: the target says that this input is bad. `isAboutDocument`: it refuses the document, which is the same for every event, so that
   * the event is tried again.
   */
  | ({ kind: 'rejected'; isAboutDocument?: true } & Failure);

/** The meaning of an answer for one event that was looked up. */
export type LookupVerdict =
  | { kind: 'found' }
  /** A clean "not found": the only verdict that permits another creation. */
  | { kind: 'absent' }
  | ({ kind: 'throttled' } & Failure)
  | ({ kind: 'unauthorized' } & Failure)
  /** Any other answer: nothing is known. */
  | ({ kind: 'unavailable' } & Failure);

export interface TargetResult<Each> {
  /** The HTTP status; `null` when there was no response. */
  status: number | null;
  /** One for each event, in order. */
  verdicts: Each[];
  /**
   * The request held several events and was refused in a way that names none of them (too many aliases, say, or one item that
   * made all of `data` null): the verdicts say nothing about single events, which have to be sent one by one.
   */
  retryAlone: boolean;
}

/** The rate-limited GraphQL API, read through its target contract. One call is one request and one paced start. Never rejects. */
export interface Target {
  /** False without a lookup in the contract: then an unknown outcome is retried with the same idempotency key. */
  readonly canLookUp: boolean;
  create(events: readonly TargetEvent[], call: TargetCall): Promise<TargetResult<Verdict>>;
  lookUp(events: readonly TargetEvent[], call: TargetCall): Promise<TargetResult<LookupVerdict>>;
}

/** Keeps events that are to be tried again later, for `recover` to release. */
export interface ParkingStore {
  /** Stores the fact until `dueMs`. Rejects with `SpillUnavailableError`. */
  park(fact: ReceivedFact, dueMs: number): Promise<void>;
  /** Says that dispatch is more than a minute behind on this shard: `recover` then releases nothing for two minutes. */
  noteBehind(shardId: string): Promise<void>;
}

/** A finding about the target, for every environment. Times are in milliseconds since the epoch. */
export interface LearnedRate {
  /** A limit below the configured rate; absent when none is known any more. */
  limit?: {
    ratePerSecond: number;
    /** The rate at which it was met. */
    metAtRate: number;
    /** From then on it is held for `holdMs`, before the rate is raised again. */
    sinceMs: number;
    holdMs: number;
  };
  /** Time of the finding; the newest counts. */
  atMs: number;
}

/** The state that comes with every booking. */
export interface ScheduleState {
  learned: LearnedRate | undefined;
  /** No call starts before this: the target asked for it. */
  pausedUntilMs: number;
  /** The jitter of the way to the target that the booking before this one left; `undefined` if none has. */
  jitterMs: number | undefined;
}

export interface BookingRequest {
  /** Number of starts, one or more. */
  starts: number;
  /** Distance of two starts. */
  spacingMs: number;
  /** The first start is at or after this. */
  earliestMs: number;
  /** Nothing is booked if the first start would be after this. */
  latestMs: number;
  /** The jitter that is left for the next booking. */
  jitterMs?: number | undefined;
}

/** The start of the first booked call, or `undefined` if it would be too late. */
export type Booking = ScheduleState & { firstMs: number | undefined };

/** The starts of all calls to the target, in one place. A lane that has work books some. */
export interface StartSchedule {
  /**
   * Books starts that no one else has.
   * @throws when the schedule is unavailable; the starts may have been booked, and are lost then
   */
  book(request: BookingRequest): Promise<Booking>;
  /** Tells all environments, with their next booking. The newest `learned` and the latest pause count. @throws as `book` */
  tell(news: { learned?: LearnedRate; pausedUntilMs?: number }): Promise<void>;
}

/** Reads the state of the schedule, and books nothing. */
export interface ScheduleReader {
  /** @throws when the schedule is unavailable */
  read(): Promise<ScheduleState>;
}

/** Records that one invocation may have sent, as hashes of their sequence numbers. */
export interface SendNote {
  /** Records that are settled: their facts are in the journal. */
  settled: readonly string[];
  /** Records that may have been sent since, and are not settled. */
  open: readonly string[];
  /** Time of writing, in milliseconds since the epoch. */
  atMs: number;
  /** The invocation ended with everything settled. Lambda may not have learnt of it. */
  isDone: boolean;
  /** Its progress: the first record that is not settled; once it is done, its last record. Absent in notes of earlier versions. */
  place?: RecordPlace | undefined;
}

/** A record's place in its shard. */
export interface RecordPlace {
  sequenceNumber: string;
  /** Arrival in the journal, in milliseconds since the epoch. */
  arrivedAtMs: number;
}

/** The notes of a shard's invocations, kept outside of their environments: what a crash leaves behind. */
export interface SendNotes {
  /** Writes notes by the ids of their invocations; `undefined` removes one. @throws when they are unavailable */
  write(shardId: string, notes: ReadonlyMap<string, SendNote | undefined>): Promise<void>;
  /** As {@link write}; returns all notes of the shard, which are many times as much as those that are written. */
  exchange(
    shardId: string,
    notes: ReadonlyMap<string, SendNote | undefined>,
  ): Promise<Map<string, SendNote>>;
}

/** The progress of dispatch in one shard. */
export interface ShardPosition {
  shardId: string;
  /** Every record up to here is settled, or Lambda gave it up. Absent while nothing is known: then nothing may be. */
  settledThrough: string | undefined;
  /** Records that arrived before this are settled; in milliseconds since the epoch. Absent with `settledThrough`. */
  arrivedAtMs: number | undefined;
}

/** The positions of dispatch, as its own notes have them. They lag by up to half a minute. They can be ahead of a lane that was throttled for more than 25 s (ADR 17). */
export interface DispatchPositions {
  /** One for each shard that dispatch has worked on, closed ones included. @throws when they are unavailable */
  read(): Promise<ShardPosition[]>;
}

/** A run that must be the only one of its kind. */
export interface RunHolder {
  runId: string;
  /** User, machine and process, for people. */
  by: string;
  /** Since when, ISO 8601 UTC. */
  since: string;
}

/** The lock as it is stored. */
export interface HeldLock {
  holder: RunHolder;
  /** Grows with each holder. */
  token: number;
  /** Grows while the holder lives. */
  beats: number;
}

/** The lock that lets one run append at a time, kept outside of its process. All methods reject when the store is unavailable. */
export interface RunLock {
  /** Takes the lock if it is free, or if it still is as `over` says. Returns it; or `undefined`, and someone else holds it. */
  take(holder: RunHolder, over?: HeldLock): Promise<HeldLock | undefined>;
  /** Returns who holds it. */
  read(): Promise<HeldLock | undefined>;
  /** Shows that the holder with this token lives; false when it has lost the lock. */
  beat(token: number): Promise<boolean>;
  /** Frees it, unless another has it by now. */
  release(token: number): Promise<void>;
}

/**
 * What became of a row: `written` (again, too, if it was there already), `superseded` by a newer version, `dropped` for good
 * since the table can never take it, or `unsettled`, to be tried again.
 */
export type RowOutcome = 'written' | 'superseded' | 'dropped' | 'unsettled';

/** A store of status rows, for the projection that fills it. */
export interface StatusWriter {
  /** Writes rows, trying again but not after `untilMs`; answers each one's outcome, in order. Never rejects. */
  write(rows: readonly StatusRow[], untilMs: number): Promise<RowOutcome[]>;
}

/** A store that knows the facts of single events, for those who ask about one. */
export interface EventFacts {
  /** Every fact of an event, first things first; none for an event that the store does not know. Rejects when it cannot be read. */
  of(eventId: string): Promise<TimelineEntry[]>;
}

/** The events that the status table knows as received: a witness for the archive, filled from the journal by another consumer. */
export interface KnownReceipts {
  /** Time that the table keeps facts, in milliseconds. */
  readonly keptMs: number;
  /**
   * Reads the ids of the events with a `received` fact in the range, some at a time; an id may come again. A table that is too large to be read
   * whole is read in part, by chance: `share` is the part, 1 for all. Rejects, or ends with an error, when the table cannot be read.
   */
  read(range: { fromMs: number; toMs: number }): Promise<{
    share: number;
    batches: AsyncIterable<string[]>;
  }>;
}

/** The open state that an event is to have; `undefined` for none. */
export interface OpenEventChange {
  eventId: string;
  open: OpenEvent | undefined;
}

/** The list of events that wait for something other than their turn. */
export interface OpenEvents {
  /** Changes the list, trying again but not after `untilMs`; returns each change's outcome, in order. Never rejects. */
  setOpen(changes: readonly OpenEventChange[], untilMs: number): Promise<RowOutcome[]>;
  /** The events that are in a state, those first that are in it for the longest time, at most `limit`. Rejects when they cannot be read. */
  listOpen(state: OpenState, limit: number): Promise<OpenEvent[]>;
}

/** The status table. */
export interface StatusTable extends StatusWriter, EventFacts, OpenEvents {}

/** The states of an event source mapping (Lambda API, `GetEventSourceMapping`); there are more while it is made or deleted. */
export type DispatchState = 'Enabled' | 'Enabling' | 'Disabled' | 'Disabling' | (string & {});

/** Dispatch as its operator sees it. */
export interface DispatchControl {
  /** Whether it takes events from the journal, and since when, in milliseconds since the epoch. */
  read(): Promise<{ state: DispatchState; changedAtMs: number }>;
  /** Asks for it; done when {@link read} says so. Nothing is lost meanwhile: the journal keeps what comes. */
  setEnabled(enabled: boolean): Promise<void>;
  /** Events per second that it was deployed to send, for the whole system. */
  readRatePerSecond(): Promise<number>;
}
