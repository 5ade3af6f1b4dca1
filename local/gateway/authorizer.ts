import type { Clock } from '../../lib/ports.ts';
import type { Invoke, InvokeResult } from '../lambda/invoke.ts';
import type { AuthorizerContext } from './http-event.ts';

export interface AuthorizerOptions {
  /** Invokes a REQUEST authorizer of payload format 2.0 that gives simple responses. */
  invoke: Invoke;
  identitySourceHeader: string;
  /** 0 (no caching) to 3,600. */
  resultTtlSeconds: number;
  /** The most results kept; 1,000 unless given. */
  maxCachedResults?: number;
}

type AuthorizerDecision =
  | { type: 'allowed'; context: AuthorizerContext }
  | { type: 'denied' }
  | { type: 'failed'; reason: string };

/** The limit of an HTTP API. Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const authorizerTimeoutMs = 10_000;

/**
 * Asks a Lambda authorizer, and remembers allowed and denied alike for the identity's value, for
 * every route (as an HTTP API does unless the route is made part of the identity). A failure is
 * not remembered. Requests that arrive with the same identity while it is being asked share the
 * answer, where caching is on: an addition of ours, API Gateway does not say what it does then.
 */
export class Authorizer {
  readonly identityHeader: string;
  #options: AuthorizerOptions;
  #clock: Clock;
  #cache: ResultCache<AuthorizerDecision>;
  #asking = new Map<string, Promise<AuthorizerDecision>>();

  constructor(options: AuthorizerOptions, clock: Clock) {
    const { identitySourceHeader, resultTtlSeconds, maxCachedResults = 1000 } = options;
    this.identityHeader = identitySourceHeader.toLowerCase();
    this.#options = options;
    this.#clock = clock;
    this.#cache = new ResultCache(resultTtlSeconds * 1000, maxCachedResults, clock);
  }

  /** Never rejects. */
  async decide(identity: string, event: unknown, traceHeader: string): Promise<AuthorizerDecision> {
    if (this.#options.resultTtlSeconds === 0) return this.#ask(event, traceHeader);
    const known = this.#cache.get(identity) ?? this.#asking.get(identity);
    if (known) return known;
    const asking = this.#ask(event, traceHeader);
    this.#asking.set(identity, asking);
    const decision = await asking;
    this.#asking.delete(identity);
    if (decision.type !== 'failed') this.#cache.set(identity, decision);
    return decision;
  }

  async #ask(event: unknown, traceHeader: string): Promise<AuthorizerDecision> {
    try {
      const answer = this.#options.invoke(event, { traceHeader });
      const result = await withinTime(this.#clock, authorizerTimeoutMs, answer);
      return result === 'late' ? failed('took longer than 10 seconds') : decisionOf(result);
    } catch (error) {
      return failed(String(error));
    }
  }
}

/** Reads a simple response, `{ isAuthorized, context }`; anything else is a failure. */
export function decisionOf(result: InvokeResult): AuthorizerDecision {
  if (!result.ok) return failed(`${result.errorType}: ${result.errorMessage}`);
  const { isAuthorized, context = {} } = Object(result.value);
  if (typeof isAuthorized !== 'boolean') return failed('gave no boolean isAuthorized');
  if (!isAuthorized) return { type: 'denied' };
  const isObject = typeof context === 'object' && !Array.isArray(context);
  return isObject
    ? { type: 'allowed', context: context ?? {} }
    : failed('gave a malformed context');
}

function failed(why: string): AuthorizerDecision {
  return { type: 'failed', reason: `Authorizer ${why}` };
}

/** Keeps results for a time; when it is full the oldest goes. */
export class ResultCache<T> {
  #ttlMs: number;
  #maxEntries: number;
  #clock: Pick<Clock, 'now'>;
  /** Oldest first, since a key is removed before it is set again. */
  #entries = new Map<string, { value: T; expiresAtMs: number }>();

  constructor(ttlMs: number, maxEntries: number, clock: Pick<Clock, 'now'>) {
    this.#ttlMs = ttlMs;
    this.#maxEntries = maxEntries;
    this.#clock = clock;
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry && entry.expiresAtMs > this.#clock.now()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: string, value: T): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, expiresAtMs: this.#clock.now() + this.#ttlMs });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#maxEntries && oldest !== undefined) this.#entries.delete(oldest);
  }
}

/** Returns the result of `work`, or `late` when that takes longer than `limitMs`; the work itself goes on. */
export function withinTime<T>(
  clock: Clock,
  limitMs: number,
  work: Promise<T>,
): Promise<T | 'late'> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(limitMs, () => resolve('late'));
    work.then(resolve, reject).finally(cancel);
  });
}
