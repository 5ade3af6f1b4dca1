import type {
  Attempt,
  DeadLetterReason,
  DeferredFact,
  DismissedFact,
  Fact,
  Replay,
} from '../../lib/event/fact.ts';

/** 1 March 2026, noon. */
export const NOON_MS = Date.UTC(2026, 2, 1, 12);

export const isoTime = (ms: number) => new Date(ms).toISOString();

interface About {
  atMs?: number;
  replay?: Replay;
  name?: string;
  deferral?: number;
}

const base = (eventId: string, { atMs = NOON_MS, replay }: About) => ({
  v: 1 as const,
  eventId,
  at: isoTime(atMs),
  traceId: 'b'.repeat(32),
  ...(replay ? { replay } : {}),
});

const attempt = (atMs: number, outcome: Attempt['outcome'], status: number): Attempt => ({
  at: isoTime(atMs),
  ms: 5,
  outcome,
  status,
});

export function received(eventId: string, about: About = {}): Fact {
  const payload = { id: eventId, name: about.name ?? 'order.placed', body: 'x', timestamp: 1 };
  const { deferral } = about;
  const returned = deferral ? { mayRepeat: true as const, deferral, failedAttempts: deferral } : {};
  return { ...base(eventId, about), type: 'received', ...returned, payload };
}

export function deferred(eventId: string, about: About & { untilMs?: number } = {}): DeferredFact {
  const { atMs = NOON_MS + 1000, deferral = 1, untilMs = atMs + 60_000 } = about;
  return {
    ...base(eventId, { ...about, atMs }),
    type: 'deferred',
    deferral,
    until: isoTime(untilMs),
    failedAttempts: deferral,
    attempts: [attempt(atMs - 5, 'unavailable', 503)],
    error: { code: 'HTTP_503', message: 'busy', status: 503 },
  };
}

const numbered = ({ deferral }: About) => (deferral ? { deferral } : {});

export function delivered(eventId: string, about: About & { verified?: true } = {}): Fact {
  const { atMs = NOON_MS + 1000, verified } = about;
  return {
    ...base(eventId, { ...about, atMs }),
    type: 'delivered',
    ...numbered(about),
    attempts: [attempt(atMs - 5, 'delivered', 200)],
    queuedMs: 995,
    dispatchMs: 5,
    ...(verified ? { verified } : {}),
  };
}

export function deadLettered(
  eventId: string,
  about: About & { reason?: DeadLetterReason } = {},
): Fact {
  const { atMs = NOON_MS + 1000, reason = 'rejected' } = about;
  return {
    ...base(eventId, { ...about, atMs }),
    type: 'deadLettered',
    ...numbered(about),
    attempts: [attempt(atMs - 5, 'rejected', 400)],
    reason,
    error: { code: 'HTTP_400', message: 'bad', status: 400 },
    payload: { id: eventId },
  };
}

export function dismissed(eventId: string, about: About & { reason?: string } = {}): DismissedFact {
  const { atMs = NOON_MS + 2000, reason = 'the order was cancelled' } = about;
  return { ...base(eventId, { ...about, atMs }), type: 'dismissed', ...numbered(about), reason };
}
