import { messageOf, SecretUnavailableError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../ports.ts';
import type { OAuthSettings } from './oauth-settings.ts';
import type { IssuedToken, RequestToken } from './request-token.ts';

export interface OAuthTokenOptions {
  request: RequestToken;
  clock: Clock;
  log: Log;
}

/** A token is renewed this long before its end, or a tenth of its life if that is less: a call that is under way must not outlive it. */
const RENEW_BEFORE_MS = 60_000;
const RENEW_BEFORE_SHARE = 0.1;
/** The life of a token whose server does not say. */
const DEFAULT_LIFE_MS = 300_000;
/** A refused token is renewed at most this often: what is refused may be the client itself. */
const RENEW_REFUSED_AFTER_MS = 5_000;
const BACKOFF_BASE_MS = 250;
const BACKOFF_MAX_MS = 15_000;

interface Held {
  token: string;
  renewMs: number;
  endMs: number;
}

/**
 * One access token, held until its end and renewed before it. One request runs at a time. While a token is valid no caller waits: renewal runs in
 * the background, also after a refusal. Without a valid token callers wait for the request, and fail at once while failed requests
 * are backed off.
 */
export class OAuthToken {
  readonly #options: OAuthTokenOptions;
  #settings: OAuthSettings | undefined;
  #held: Held | undefined;
  #pending: Promise<void> | undefined;
  #startedMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #nextAttemptMs = Number.NEGATIVE_INFINITY;
  #lastError: unknown;

  constructor(options: OAuthTokenOptions) {
    this.#options = options;
  }

  /** The token for these settings; others than before make all that is held void. Rejects with the reason when there is none. */
  get(settings: OAuthSettings): string | Promise<string> {
    this.#use(settings);
    const nowMs = this.#options.clock.now();
    const held = this.#held;
    if (!held || nowMs >= held.renewMs) this.#renewIfDue(settings, nowMs);
    if (held && nowMs < held.endMs) return held.token;
    return this.#wait(settings);
  }

  /** Renews the token in the background, unless it is only a few seconds old. */
  refused(): void {
    const nowMs = this.#options.clock.now();
    if (!this.#settings || nowMs - this.#startedMs < RENEW_REFUSED_AFTER_MS) return;
    this.#renewIfDue(this.#settings, nowMs);
  }

  #use(settings: OAuthSettings): void {
    if (this.#settings === settings) return;
    this.#settings = settings;
    this.#held = undefined;
    this.#pending = undefined;
    this.#failures = 0;
    this.#nextAttemptMs = Number.NEGATIVE_INFINITY;
    this.#lastError = undefined;
  }

  async #wait(settings: OAuthSettings): Promise<string> {
    await this.#pending;
    const held = this.#settings === settings ? this.#held : undefined;
    if (held && this.#options.clock.now() < held.endMs) return held.token;
    throw this.#lastError ?? new SecretUnavailableError('the token is over before it was received');
  }

  #renewIfDue(settings: OAuthSettings, nowMs: number): void {
    if (this.#pending || nowMs < this.#nextAttemptMs) return;
    this.#startedMs = nowMs;
    const pending = this.#options.request(settings).then(
      (issued) => this.#isCurrent(pending) && this.#succeeded(issued, nowMs),
      (error: unknown) => this.#isCurrent(pending) && this.#failed(error),
    ) as Promise<unknown> as Promise<void>;
    this.#pending = pending;
  }

  /** False for a request with settings that have been replaced. */
  #isCurrent(pending: Promise<void>): boolean {
    if (this.#pending !== pending) return false;
    this.#pending = undefined;
    return true;
  }

  #succeeded({ accessToken, expiresInSeconds }: IssuedToken, startedMs: number): void {
    if (this.#failures > 0) this.#options.log.info('The token endpoint gives tokens again');
    const lifeMs = expiresInSeconds === undefined ? DEFAULT_LIFE_MS : expiresInSeconds * 1000;
    const renewBeforeMs = Math.min(RENEW_BEFORE_MS, lifeMs * RENEW_BEFORE_SHARE);
    const endMs = startedMs + lifeMs;
    this.#held = { token: accessToken, renewMs: endMs - renewBeforeMs, endMs };
    this.#failures = 0;
    this.#nextAttemptMs = Number.NEGATIVE_INFINITY;
    this.#lastError = undefined;
  }

  #failed(error: unknown): void {
    const { clock, log } = this.#options;
    this.#lastError = error;
    const backoffMs = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** this.#failures);
    this.#nextAttemptMs = clock.now() + backoffMs;
    this.#failures += 1;
    log.warn('The token endpoint gives no token', { error: messageOf(error) });
  }
}
