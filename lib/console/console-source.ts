import type { EventStatus } from '../event/state.ts';
import type { DispatchState } from '../ports.ts';
import type { AuditReport } from '../replay/audit.ts';
import type { FailedEvent, FailureGroup } from './failure-groups.ts';
import type { FlowNumbers } from './flow-numbers.ts';

/** The pipeline that a console shows. */
export interface ConsoleStack {
  name: string;
  isLocal: boolean;
  /** Time that facts may take into the archive, in seconds. */
  archiveBufferSeconds: number;
  /** Commands for the same stack, quoted for a shell. */
  commands: { pause: string; resume: string; audit: string; dismiss: string };
}

/** A search; all that is given must be true of an event. Times are in milliseconds since the epoch. */
export interface EventQuery {
  /** The id, whole. */
  id?: string;
  /** A part of the event's name. */
  name?: string;
  state?: EventStatus;
  /** A part of the reason, the code or the message of its last failure. */
  reason?: string;
  /** Times of receipt. */
  fromMs: number;
  toMs: number;
}

export interface EventSummary {
  eventId: string;
  name: string | null;
  state: EventStatus;
  receivedAt: string | null;
  /** Time of the last fact. */
  lastAt: string;
  /** The last failure; `null` without one. */
  reason: string | null;
}

export interface EventList {
  /** Newest first. */
  events: EventSummary[];
  /** Events that fit, shown or not. */
  found: number;
  /** Facts that were read. */
  factsRead: number;
  /** Gaps of the result, and what to do about them, for people. */
  notes: string[];
}

/** One step in the life of an event. */
export interface LifeStep {
  at: string;
  /** Since the first step, in milliseconds. */
  sinceMs: number;
  kind: 'received' | 'attempt' | 'deferred' | 'delivered' | 'deadLettered' | 'dismissed';
  title: string;
  detail: string;
  isFailure: boolean;
}

export interface EventLife {
  eventId: string;
  isKnown: boolean;
  name: string | null;
  state: EventStatus | null;
  /** The state in a sentence. */
  standing: string;
  /** The payload as indented JSON; `null` where no store has it yet. */
  payload: string | null;
  traceId: string | null;
  steps: LifeStep[];
  /** Source of the facts, for people. */
  source: string;
  notes: string[];
  /** The next step for a person: its purpose, and the command. */
  next: { purpose: string; command: string } | null;
  commands: { trace: string };
}

/** Dead letters that are open, and parked events. */
export interface Failures {
  deadLetters: FailureGroup[];
  parked: FailureGroup[];
  /** False where there are more than could be listed. */
  isAll: { deadLetters: boolean; parked: boolean };
  /** Examples of what Lambda gave up. */
  givenUp: { events: FailedEvent[]; isAll: boolean };
  notes: string[];
}

/** The events that a replay is about. */
export type ReplaySelection =
  /** Open dead letters among these ids. */
  | { kind: 'deadLetters'; ids: string[] }
  /** Events that Lambda gave up. */
  | { kind: 'givenUp' };

/** The outcome of a dry run. */
export interface ReplayPlan {
  events: number;
  /** Left out, because dispatch may still deliver them. */
  waiting: number;
  ratePerSecond: number;
  takesMs: number;
  sample: { eventId: string; name: string; receivedAt: string }[];
  /** Ids that the archive does not hold yet. */
  notFound: string[];
  damages: number;
  /** The same plan as a command; `null` where it would hold too many ids. */
  command: string | null;
}

export interface ReplayProgress {
  runId: string;
  reason: string;
  state: 'planning' | 'running' | 'ended' | 'failed';
  planned: number;
  appended: number;
  refused: number;
  startedMs: number;
  endedMs: number | null;
  /** The reason of a wait, the end, or the failure and what to do; for people. */
  note: string | null;
  /** Takes up a run again that did not end by itself. */
  resumeCommand: string | null;
}

export interface AuditProgress {
  state: 'running' | 'ended' | 'failed';
  startedMs: number;
  endedMs: number | null;
  /** The step that it is at, in words; empty before the first. */
  doing: string;
  range: string;
  report: AuditReport | null;
  /** The meaning of each kind of offence. */
  meanings: Record<string, string>;
  error: string | null;
  command: string;
}

/**
 * Everything that a console shows and does, of a run on this machine or of a deployment. What it cannot do, it rejects with an error whose message tells a person
 * what to do. It works only when it is called: nothing is followed unless `flow` was called in the last seconds.
 */
export interface ConsoleSource {
  describe(): Promise<ConsoleStack>;
  /** The numbers now. The first call begins to follow the journal, which ends some seconds after the last call. */
  flow(): Promise<FlowNumbers>;
  searchEvents(query: EventQuery): Promise<EventList>;
  eventLife(eventId: string): Promise<EventLife>;
  failures(): Promise<Failures>;
  /** Changes nothing. */
  planReplay(selection: ReplaySelection): Promise<ReplayPlan>;
  /** Begins a replay, whose reason is kept in every fact. Resolves once it holds the lock of replays. */
  startReplay(selection: ReplaySelection, reason: string): Promise<ReplayProgress>;
  /** The last replay that was started here; `null` without one. */
  replayProgress(): Promise<ReplayProgress | null>;
  /** Ends the running replay after what is being appended. */
  cancelReplay(): Promise<ReplayProgress | null>;
  /** Starts or stops dispatch; resolves with its state then. */
  setDispatching(isEnabled: boolean): Promise<DispatchState>;
  /** Begins an audit of what was received in a range, unless one is running. */
  startAudit(range: { fromMs: number; toMs: number }): Promise<AuditProgress>;
  /** The last audit that was started here; `null` without one. */
  auditProgress(): Promise<AuditProgress | null>;
  close(): Promise<void>;
}
