import { messageOf, SecretUnavailableError } from './errors.ts';
import type { Log } from './log.ts';
import type { Clock, ReadSecret } from './ports.ts';

/** How long what, in milliseconds; docs/adr/0006 says why. */
export interface SecretCacheTimes {
  /** A value younger than this is used without asking. */
  ttlMs: number;
  /** While the secret cannot be read, its last good value is used until it is this old. */
  staleMs: number;
  /** The longest that a caller waits for a read. */
  waitMs: number;
  /** A read is given up after this; the callers have gone on by then, and the next ones have its answer. */
  timeoutMs: number;
}

export interface SecretCacheOptions<T extends object> {
  /** Its name or ARN, for log lines. */
  secretId: string;
  read: ReadSecret;
  /** Throws an error that says what to mend and holds nothing of the secret's value. */
  parse: (text: string) => T;
  times: SecretCacheTimes;
  clock: Clock;
  log: Log;
}

/** Who knows that the value may have changed (an unknown key, a refused credential) is given one that is no older than this. */
export const EARLY_READ_AFTER_MS = 5_000;

const BACKOFF_BASE_MS = 250;
const BACKOFF_MAX_MS = 15_000;
/** Without a value every request fails, so that the next read is due sooner. */
const BACKOFF_MAX_WITHOUT_VALUE_MS = 2_000;

interface Attempt {
  startedMs: number;
  /** Ends the read and its time-out, whichever is left. */
  over: AbortController;
  /** Never rejects. */
  ended: Promise<void>;
}

/**
 * One secret, kept and read again when its time is over. Reads run one at a time and are shared by all who want them.
 *
 * While the value is older than `ttlMs` but a read ended within twice that, the next one runs behind the callers' backs and they get
 * the value in hand. A Lambda environment is frozen between invocations, and its read with it: after a longer silence callers wait for
 * a new answer. So a value that was replaced is used for at most twice `ttlMs` after that, as long as the secret can be read; while it
 * cannot, for at most `staleMs` after it was read. A value's age counts from the start of its read.
 */
export class SecretCache<T extends object> {
  readonly #options: SecretCacheOptions<T>;
  #value: { content: T; readMs: number } | undefined;
  #attempt: Attempt | undefined;
  /** When the last attempt started that has ended, well or not: one that fails again and again makes nobody wait. */
  #askedMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #nextAttemptMs = Number.NEGATIVE_INFINITY;
  #lastError: unknown;

  constructor(options: SecretCacheOptions<T>) {
    this.#options = options;
  }

  /** The value if there is one to be used without waiting; has it read in the background when that is due. */
  current(): T | undefined {
    const { ttlMs } = this.#options.times;
    const nowMs = this.#options.clock.now();
    const fresh = this.#youngerThan(ttlMs, nowMs);
    if (fresh) return fresh;
    this.#attemptIfDue(nowMs);
    return nowMs - this.#askedMs <= 2 * ttlMs ? this.#usable(nowMs) : undefined;
  }

  /** The value, at most `waitMs` from now. Rejects with the reason when there is none that may be used. */
  async load(): Promise<T> {
    const current = this.current();
    if (current) return current;
    await this.#waitForAttempt();
    return this.#usable(this.#options.clock.now()) ?? this.#refuse();
  }

  /** As {@link load}, but of the last few seconds; rejects with the reason when the secret cannot be read now. */
  async loadLatest(): Promise<T> {
    const askedMs = this.#options.clock.now();
    this.readEarly();
    await this.#waitForAttempt();
    return this.#youngerThan(EARLY_READ_AFTER_MS, askedMs) ?? this.#refuse();
  }

  /** Has the secret read in the background, unless that was done within the last few seconds. */
  readEarly(): void {
    const nowMs = this.#options.clock.now();
    if (!this.#youngerThan(EARLY_READ_AFTER_MS, nowMs)) this.#attemptIfDue(nowMs);
  }

  #usable(nowMs: number): T | undefined {
    const { ttlMs, staleMs } = this.#options.times;
    return this.#youngerThan(Math.max(ttlMs, staleMs), nowMs);
  }

  #youngerThan(ageMs: number, nowMs: number): T | undefined {
    return this.#value && nowMs - this.#value.readMs < ageMs ? this.#value.content : undefined;
  }

  #refuse(): never {
    const { secretId, times } = this.#options;
    throw (
      this.#lastError ??
      new SecretUnavailableError(`${secretId} was not read within ${times.waitMs} ms`)
    );
  }

  async #waitForAttempt(): Promise<void> {
    if (!this.#attempt) return;
    const { clock, times } = this.#options;
    const answered = new AbortController();
    await Promise.race([this.#attempt.ended, clock.sleep(times.waitMs, answered.signal)]);
    answered.abort();
  }

  #attemptIfDue(nowMs: number): void {
    if (this.#attempt) {
      if (nowMs - this.#attempt.startedMs <= this.#options.times.timeoutMs) return;
      // It was frozen with its environment: its answer, should there be one, is of then.
      this.#attempt.over.abort();
    } else if (nowMs < this.#nextAttemptMs) return;
    const attempt = { startedMs: nowMs, over: new AbortController(), ended: Promise.resolve() };
    this.#attempt = attempt;
    attempt.ended = this.#run(attempt);
  }

  async #run(attempt: Attempt): Promise<void> {
    const result = await this.#readWithin(attempt.over).then(
      (content) => ({ content }),
      (error: unknown) => ({ error }),
    );
    if (this.#attempt !== attempt) return;
    this.#attempt = undefined;
    if ('content' in result) this.#succeeded(attempt, result.content);
    else this.#failed(attempt, result.error);
  }

  async #readWithin(over: AbortController): Promise<T> {
    const { secretId, read, parse, clock, times } = this.#options;
    const late = clock.sleep(times.timeoutMs, over.signal).then(() => {
      throw new SecretUnavailableError(`${secretId} was not read within ${times.timeoutMs} ms`);
    });
    try {
      return parse(await Promise.race([read(over.signal), late]));
    } finally {
      over.abort();
    }
  }

  #succeeded({ startedMs }: Attempt, content: T): void {
    if (this.#failures > 0)
      this.#options.log.info('The secret can be read again', { secret: this.#options.secretId });
    this.#value = { content, readMs: startedMs };
    this.#askedMs = startedMs;
    this.#failures = 0;
    this.#nextAttemptMs = Number.NEGATIVE_INFINITY;
    this.#lastError = undefined;
  }

  #failed({ startedMs }: Attempt, error: unknown): void {
    const { clock, times, secretId, log } = this.#options;
    const nowMs = clock.now();
    // Frozen with its environment, which tells nothing about the secret: ask again at once.
    if (nowMs - startedMs > 2 * times.timeoutMs) return;
    this.#askedMs = startedMs;
    this.#lastError = error;
    const maxMs = this.#value ? BACKOFF_MAX_MS : BACKOFF_MAX_WITHOUT_VALUE_MS;
    this.#nextAttemptMs = nowMs + Math.min(maxMs, BACKOFF_BASE_MS * 2 ** this.#failures);
    this.#failures += 1;
    const message = this.#usable(nowMs)
      ? 'The secret could not be read; its last good value is used'
      : 'The secret could not be read, and there is no value that may be used';
    log.warn(message, {
      secret: secretId,
      error: messageOf(error),
      ...(this.#value ? { ageSeconds: Math.round((nowMs - this.#value.readMs) / 1000) } : {}),
    });
  }
}
