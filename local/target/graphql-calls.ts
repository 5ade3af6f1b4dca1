import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../lib/ports.ts';
import type { CallStats } from './call-stats.ts';
import type { Fate, Gate, OutageMode } from './gate.ts';
import type { GraphqlApi } from './graphql-api.ts';
import { answer, answerGraphqlError, readBody } from './http-server.ts';

const MAX_BODY_BYTES = 1_000_000;

export interface CallHandling {
  gate: Gate;
  stats: CallStats;
  api: GraphqlApi;
  clock: Clock;
  /** Aborts when the target closes: what waits out a latency goes on at once, what hangs is cut off. */
  closing: AbortSignal;
}

/** Handles one call to /graphql: the gate's verdict comes before a byte of the body is looked at. */
export async function handleCall(
  handling: CallHandling,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const { gate, stats, clock } = handling;
  const nowMs = clock.now();
  stats.recordCall(nowMs);
  if (req.headers['idempotency-key'] !== undefined) stats.count('idempotencyKeys');
  const verdict = gate.judge(nowMs);
  switch (verdict.type) {
    case 'outage':
      return suffer(handling, verdict.mode, res);
    case 'throttled':
      stats.count('throttled');
      return refuse(res, verdict.limitPerSecond, verdict.retryAfterMs);
    case 'admitted':
      stats.count('admitted');
      return serve(handling, verdict.fate, req, res);
  }
}

function suffer({ stats, closing }: CallHandling, mode: OutageMode, res: ServerResponse): void {
  switch (mode) {
    case '503': {
      const message = 'The target is out of service.';
      stats.count('unavailable');
      answerGraphqlError(res, 503, { code: 'SERVICE_UNAVAILABLE', message });
      break;
    }
    case 'reset':
      reset(stats, res);
      break;
    case 'hang':
      stats.count('hung');
      hang(res, closing);
      break;
  }
}

/** The connection stays open and silent until the client gives up or the target closes. */
function hang(res: ServerResponse, closing: AbortSignal): void {
  const cut = () => res.destroy();
  closing.addEventListener('abort', cut);
  res.once('close', () => closing.removeEventListener('abort', cut));
}

/** `Retry-After` is in whole seconds, rounded up: at least 1, since 0 would invite a retry that must fail. */
function refuse(res: ServerResponse, limitPerSecond: number | null, retryAfterMs: number): void {
  const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  answerGraphqlError(
    res,
    429,
    {
      code: 'TOO_MANY_REQUESTS',
      message: `Too many requests: at most ${limitPerSecond} per second.`,
    },
    { 'retry-after': String(retryAfterSeconds) },
  );
}

/**
 * The call is read, then delayed, then carried out whether or not its client still waits: a client that
 * gives up cannot know what became of it.
 */
async function serve(
  { api, stats, clock, closing }: CallHandling,
  fate: Fate,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const body = await readBody(req, MAX_BODY_BYTES);
  if (fate.delayMs > 0) await clock.sleep(fate.delayMs, closing);
  if (fate.type === 'fail') {
    stats.count('faulted');
    return answerGraphqlError(res, 500, {
      code: 'INTERNAL_SERVER_ERROR',
      message: 'The target failed, and did nothing.',
    });
  }
  if (body === undefined) {
    const message = `The body is longer than ${MAX_BODY_BYTES} bytes.`;
    return answerGraphqlError(res, 413, { code: 'BAD_REQUEST', message });
  }
  const response = await api(body, req.headers);
  if (fate.type === 'lose') {
    stats.count('lostResponses');
    return reset(stats, res);
  }
  answer(res, response.status, response.body, response.headers);
}

function reset(stats: CallStats, res: ServerResponse): void {
  stats.count('resets');
  res.socket?.resetAndDestroy();
}
