import { setTimeout as delay } from 'node:timers/promises';
import { getIntrospectionQuery } from 'graphql';
import { isJsonObject } from '../../lib/event/source-event.ts';
import type { LookupVerdict, Target, TargetEvent } from '../../lib/ports.ts';
import type { TargetCodes } from '../../lib/target/codes.ts';
import { lookupVerdictOf } from '../../lib/target/lookup-verdict.ts';
import type { SendOperation } from '../../lib/target/send-operation.ts';
import { traceContextOf, traceparentOf } from '../../lib/trace-context.ts';

/** The answer to one call, as dispatch judges it. */
export interface Reply {
  verdict: LookupVerdict;
  /** `null` when there was no response. */
  status: number | null;
  /** Of the last try. */
  milliseconds: number;
}

/** Calls that create nothing. They reject only when their signal aborts. */
export interface HarmlessCalls {
  /** Reads the schema; `schema` is the result of the introspection, where there is one. */
  introspect(): Promise<Reply & { schema?: unknown }>;
  /** Looks up an event, as dispatch does. */
  lookUp(event: TargetEvent): Promise<Reply>;
  /** Asks for the name of the query type; `absent` is the verdict of a good answer. */
  ask(): Promise<Reply>;
}

export interface HarmlessCallsOptions {
  /** The target as dispatch calls it. */
  target: Target;
  /** Sends what no contract describes. */
  send: SendOperation;
  codes: TargetCodes;
  /** The target's limit; calls start no closer than it allows. */
  ratePerSecond: number;
  signal?: AbortSignal | undefined;
}

const MAX_TRIES = 4;
const DEFAULT_WAIT_MS = 1000;
const MAX_WAIT_MS = 10_000;

/** Makes one call at a time. A call that is throttled is made again after the wait that the target asks for, four times in all. */
export function createHarmlessCalls(options: HarmlessCallsOptions): HarmlessCalls {
  const { target, codes, ratePerSecond, signal } = options;
  const { traceId } = traceContextOf({});
  let nextStartMs = 0;

  async function once<Given extends Omit<Reply, 'milliseconds'>>(call: () => Promise<Given>) {
    await delay(Math.max(0, nextStartMs - performance.now()), undefined, { signal });
    const startedMs = performance.now();
    nextStartMs = startedMs + 1000 / ratePerSecond;
    const given = await call();
    signal?.throwIfAborted();
    return { ...given, milliseconds: performance.now() - startedMs };
  }

  async function repeat<Given extends Omit<Reply, 'milliseconds'>>(call: () => Promise<Given>) {
    for (let tries = 1; ; tries += 1) {
      const reply = await once(call);
      if (reply.verdict.kind !== 'throttled' || tries === MAX_TRIES) return reply;
      const { waitMs = DEFAULT_WAIT_MS } = reply.verdict;
      await delay(Math.min(waitMs, MAX_WAIT_MS), undefined, { signal });
    }
  }

  /** A query without variables is judged as a lookup that finds nothing. */
  async function query(text: string, field: string) {
    const operation = { query: text, variables: {}, fields: [field] };
    const answer = await options.send(operation, { traceparent: traceparentOf(traceId) });
    const item = { field, fields: [field], found: false };
    const verdict = lookupVerdictOf(answer, item, { codes, nowMs: Date.now() });
    if (answer.kind === 'noResponse') return { verdict, status: null };
    const schema = isJsonObject(answer.data) && answer.data.__schema ? { schema: answer.data } : {};
    return { verdict, status: answer.status, ...schema };
  }

  async function lookUp(event: TargetEvent) {
    const { status, verdicts } = await target.lookUp([event], { traceId });
    return { status, verdict: verdicts[0] as LookupVerdict };
  }

  return {
    introspect: () =>
      repeat(() => query(getIntrospectionQuery({ descriptions: false }), '__schema')),
    lookUp: (event) => repeat(() => lookUp(event)),
    ask: () => repeat(() => query('{ __typename }', '__typename')),
  };
}
