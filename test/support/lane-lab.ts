import { type BatchReport, deliverBatch } from '../../lib/dispatch/deliver-batch.ts';
import type { Lane } from '../../lib/dispatch/lane.ts';
import { Pacer } from '../../lib/dispatch/pacer.ts';
import { RateControl } from '../../lib/dispatch/rate-control.ts';
import { RetryBudget } from '../../lib/dispatch/retry-budget.ts';
import { SettledMemory } from '../../lib/dispatch/settled-memory.ts';
import { TargetHealth } from '../../lib/dispatch/target-health.ts';
import { SpillUnavailableError } from '../../lib/errors.ts';
import { encodeFact } from '../../lib/event/encode.ts';
import type { Fact, ReceivedFact } from '../../lib/event/fact.ts';
import type { BatchRecord } from '../../lib/kinesis-batch.ts';
import type {
  Clock,
  LookupVerdict,
  ParkingStore,
  Target,
  TargetEvent,
  TargetResult,
  Verdict,
} from '../../lib/ports.ts';
import { InMemoryJournal } from './in-memory-journal.ts';
import { InMemoryNotes } from './in-memory-notes.ts';
import { InMemorySchedule } from './in-memory-schedule.ts';
import { ManualClock } from './manual-clock.ts';
import { createTestLog } from './test-log.ts';

export const START_MS = Date.UTC(2026, 0, 1);
export const SHARD = 'shardId-000000000000';

type Script = Verdict | 'lost' | undefined;

/** A target in virtual time that keeps what it creates. `creates` and `looks` decide what goes wrong, if anything. */
export class LabTarget implements Target {
  canLookUp = true;
  /** Whether it refuses requests with several events as a whole. */
  refusesGroups = false;
  /** Whether it refuses an id that it has. */
  unique = true;
  latencyMs = 50;
  /** When a creation takes effect, after its arrival. */
  effectMs = 25;
  timeoutMs = 5000;
  creates: (id: string, nowMs: number, event: TargetEvent) => Script = () => undefined;
  looks: (id: string, nowMs: number) => LookupVerdict | undefined = () => undefined;
  readonly created: { id: string; atMs: number; payload: unknown }[] = [];
  readonly calls: { op: 'create' | 'look'; ids: string[]; atMs: number; kind: string }[] = [];
  readonly #ids = new Set<string>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(id: string): void {
    this.#ids.add(id);
  }

  countOf(id: string): number {
    return this.created.filter((creation) => creation.id === id).length;
  }

  opsOf(id: string): string[] {
    return this.calls.filter(({ ids }) => ids.includes(id)).map(({ op }) => op);
  }

  async create(events: readonly TargetEvent[]): Promise<TargetResult<Verdict>> {
    const ids = events.map(({ id }) => id);
    const call = { op: 'create' as const, ids, atMs: this.#clock.now(), kind: '' };
    this.calls.push(call);
    if (this.refusesGroups && events.length > 1) {
      const verdicts = events.map(() => failure('unavailable', 'TOO_MANY_ALIASES'));
      return { status: 400, verdicts, retryAlone: true };
    }
    const verdicts = events.map((event) => this.#createOne(event));
    const inTime = await this.#answerInTime();
    if (!inTime) verdicts.fill(TIMED_OUT);
    call.kind = verdicts[0]?.kind ?? '';
    return { status: statusOf(verdicts[0]), verdicts, retryAlone: false };
  }

  async lookUp(events: readonly TargetEvent[]): Promise<TargetResult<LookupVerdict>> {
    const ids = events.map(({ id }) => id);
    const call = { op: 'look' as const, ids, atMs: this.#clock.now(), kind: '' };
    this.calls.push(call);
    const failures = ids.map((id) => this.looks(id, this.#clock.now()));
    const inTime = await this.#answerInTime();
    const verdicts = ids.map((id, index): LookupVerdict => {
      if (!inTime) return { ...TIMED_OUT, kind: 'unavailable' };
      return failures[index] ?? { kind: this.#ids.has(id) ? 'found' : 'absent' };
    });
    call.kind = verdicts[0]?.kind ?? '';
    return { status: inTime ? 200 : null, verdicts, retryAlone: false };
  }

  #createOne(event: TargetEvent): Verdict {
    const script = this.creates(event.id, this.#clock.now(), event);
    if (script && script !== 'lost') return script;
    if (this.unique && this.#ids.has(event.id)) return { kind: 'duplicate' };
    const { id, payload } = event;
    this.#clock.after(this.effectMs, () => {
      if (this.unique && this.#ids.has(id)) return;
      this.#ids.add(id);
      this.created.push({ id, atMs: this.#clock.now(), payload });
    });
    return script === 'lost' ? LOST : { kind: 'delivered' };
  }

  async #answerInTime(): Promise<boolean> {
    const { latencyMs, timeoutMs } = this;
    await this.#clock.sleep(Math.min(latencyMs, timeoutMs));
    return latencyMs <= timeoutMs;
  }
}

function statusOf(verdict: Verdict | undefined): number | null {
  if (!verdict || !('code' in verdict)) return 200;
  const status = /^HTTP_(\d+)$/.exec(verdict.code)?.[1];
  return status ? Number(status) : null;
}

const LOST: Verdict = { kind: 'unknown', code: 'ECONNRESET', message: 'reset' };
const TIMED_OUT: Verdict & { kind: 'unknown' } = {
  kind: 'unknown',
  code: 'TIMEOUT',
  message: 'late',
};

type FailedKind = 'throttled' | 'unavailable' | 'unknown' | 'unauthorized' | 'rejected';

/** A verdict that is not a success. */
export function failure(kind: FailedKind, code: string, waitMs?: number): Verdict {
  return { kind, code, message: code, ...(waitMs === undefined ? {} : { waitMs }) };
}

export function lookupFailure(
  kind: 'throttled' | 'unavailable' | 'unauthorized',
  code: string,
): LookupVerdict {
  return { kind, code, message: code };
}

/** What is parked, in memory. A test can make it fail. */
class LabParking implements ParkingStore {
  readonly parked: { fact: ReceivedFact; dueMs: number }[] = [];
  readonly behind: string[] = [];
  fails = false;

  async park(fact: ReceivedFact, dueMs: number): Promise<void> {
    if (this.fails) throw new SpillUnavailableError('the test lets the bucket fail');
    this.parked.push({ fact, dueMs });
  }

  async noteBehind(shardId: string): Promise<void> {
    this.behind.push(shardId);
  }

  /** Takes out what is due, oldest first, at most `most`. */
  release(nowMs: number, most = Number.POSITIVE_INFINITY): ReceivedFact[] {
    this.parked.sort((a, b) => a.dueMs - b.dueMs);
    const due = this.parked.filter(({ dueMs }) => dueMs <= nowMs).length;
    return this.parked.splice(0, Math.min(due, most)).map(({ fact }) => fact);
  }
}

interface LabOptions {
  rate?: number;
  settings?: Partial<Lane['settings']>;
  random?: () => number;
  errorsExpected?: boolean;
}

/** One lane of dispatch in virtual time, with all that it needs in memory. */
export function createLaneLab(options: LabOptions = {}) {
  const { rate = 100 } = options;
  const clock = new ManualClock(START_MS);
  const target = new LabTarget(clock);
  const journal = new InMemoryJournal();
  const parking = new LabParking();
  const log = createTestLog({ errorsExpected: options.errorsExpected ?? false });
  const schedule = new InMemorySchedule(clock);
  const control = new RateControl(rate);
  const notes = new InMemoryNotes();
  const batchSize = options.settings?.batchSize ?? 1200;
  const lane: Lane = {
    target,
    journal,
    parking,
    pacer: new Pacer({
      ...{ schedule, clock, log, ratePerSecond: rate, clockSkewMs: 0 },
      onState: ({ learned }) => control.adopt(learned),
    }),
    limiter: { schedule: (call) => call() },
    rate: control,
    health: new TargetHealth(),
    budget: new RetryBudget(),
    memory: new SettledMemory(),
    notes,
    clock,
    random: options.random ?? (() => 0.5),
    log,
    settings: {
      batchSize,
      maxInFlight: 50,
      groups: { creations: 1, lookups: 50 },
      onSystemicRejection: 'park',
      maxAttempts: 8,
      retryPauseMs: 50,
      throttlePauseMs: 1000,
      maxWaitMs: 60_000,
      targetTimeoutMs: 5000,
      parkingDelayMs: 60_000,
      stragglerMaxAgeMs: 72 * 3_600_000,
      ...options.settings,
    },
  };

  /** One invocation, as time passes. */
  async function deliver(records: BatchRecord[], budgetMs = 110_000): Promise<BatchReport> {
    const stopAtMs = clock.now() + budgetMs;
    const budget = { stopAtMs, appendUntilMs: stopAtMs + 7500 };
    let report: BatchReport | undefined;
    const running = deliverBatch({ shardId: SHARD, records }, lane, budget).then((done) => {
      report = done;
    });
    while (!report && clock.now() <= stopAtMs + 200_000) await clock.advance(20);
    await running;
    return report as unknown as BatchReport;
  }

  /** As an event source mapping of one lane: what is unsettled comes again, until `untilMs` or until nothing is left. */
  async function drain(
    records: BatchRecord[],
    { untilMs = Number.POSITIVE_INFINITY, budgetMs = 110_000 } = {},
  ) {
    let left = records;
    let withoutProgress = 0;
    let longestWithoutProgress = 0;
    const reports: BatchReport[] = [];
    while (left.length > 0 && clock.now() < untilMs) {
      const batch = left.slice(0, batchSize);
      const report = await deliver(batch, Math.min(budgetMs, Math.max(1, untilMs - clock.now())));
      reports.push(report);
      const lowest = report.lowestUnsettled;
      const done = lowest ? batch.findIndex((r) => r.sequenceNumber === lowest) : batch.length;
      withoutProgress = done === 0 ? withoutProgress + 1 : 0;
      longestWithoutProgress = Math.max(longestWithoutProgress, withoutProgress);
      left = left.slice(done);
    }
    return { left, reports, longestWithoutProgress };
  }

  let sequence = 1_000_000;
  const factsOf = (type: Fact['type']) => journal.facts.filter((fact) => fact.type === type);
  return {
    clock,
    target,
    journal,
    parking,
    schedule,
    notes,
    lane,
    log,
    rate,
    deliver,
    drain,
    /** Parked events that are due, as the records that `recover` appends. */
    released: (most?: number) =>
      parking.release(clock.now(), most).map((fact) => recordOf(fact, sequence++, clock.now())),
    count: (type: Fact['type']) => factsOf(type).length,
    factsOf,
    secondsPassed: () => (clock.now() - START_MS) / 1000,
  };
}

export function received(id: string, more: Partial<ReceivedFact> = {}): ReceivedFact {
  const payload = { id, name: 'n', body: 'b', timestamp: 1_700_000_000 };
  const at = new Date(START_MS).toISOString();
  return { v: 1, type: 'received', eventId: id, at, traceId: 'c'.repeat(32), payload, ...more };
}

export function recordOf(fact: Fact, sequence: number, arrivedAtMs = START_MS): BatchRecord {
  return {
    sequenceNumber: String(sequence),
    partitionKey: fact.eventId,
    data: encodeFact(fact),
    arrivedAtMs,
  };
}

export const recordsOf = (ids: string[], from = 1000): BatchRecord[] =>
  ids.map((id, index) => recordOf(received(id), from + index));

export const idsOf = (count: number, prefix = 'e'): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);
