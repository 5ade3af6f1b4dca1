import { describe, expect, it } from 'vitest';
import { EARLY_READ_AFTER_MS, SecretCache, type SecretCacheTimes } from '../../lib/secret-cache.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createTestLog } from '../support/test-log.ts';

const TIMES: SecretCacheTimes = { ttlMs: 60_000, staleMs: 3_600_000, waitMs: 350, timeoutMs: 1500 };

type Answer = string | Error | 'hangs';

/** A cache of a secret that answers as the test says, and counts how often it is asked. */
function setUp({ answer = 'one' as Answer, times = {} as Partial<SecretCacheTimes> } = {}) {
  const clock = new ManualClock();
  const log = createTestLog();
  const secret = {
    answer,
    reads: 0,
    release: (_text: string) => {},
    signal: new AbortController().signal,
  };
  const cache = new SecretCache({
    secretId: 'keys',
    read: (signal) => {
      secret.reads += 1;
      secret.signal = signal;
      if (secret.answer instanceof Error) return Promise.reject(secret.answer);
      if (secret.answer !== 'hangs') return Promise.resolve(secret.answer);
      return new Promise<string>((resolve) => {
        secret.release = resolve;
      });
    },
    parse: (text) => {
      if (text === 'bad') throw new Error('mend it');
      return { text };
    },
    times: { ...TIMES, ...times },
    clock,
    log,
  });
  const textOf = async () => (await cache.load()).text;
  return { clock, log, secret, cache, textOf };
}

describe('a secret that can be read', () => {
  it('is read once for all who ask at the same time', async () => {
    const { secret, textOf } = setUp();
    expect(await Promise.all([textOf(), textOf(), textOf()])).toEqual(['one', 'one', 'one']);
    expect(secret.reads).toBe(1);
  });

  it('is not asked for within its time, and given without waiting', async () => {
    const { clock, secret, cache, textOf } = setUp();
    expect(cache.current()).toBeUndefined();
    await textOf();
    await clock.advance(TIMES.ttlMs - 1);
    expect(cache.current()).toEqual({ text: 'one' });
    expect(secret.reads).toBe(1);
  });

  it('is read behind the caller’s back after its time', async () => {
    const { clock, secret, textOf } = setUp();
    await textOf();
    secret.answer = 'two';
    await clock.advance(TIMES.ttlMs);
    expect(await textOf()).toBe('one');
    await clock.advance(0);
    expect(await textOf()).toBe('two');
    expect(secret.reads).toBe(2);
  });

  it('ages from the start of its read, since that is what it is known to be of', async () => {
    const { clock, secret, cache } = setUp({ answer: 'hangs' });
    const first = cache.load();
    await clock.advance(300);
    secret.release('one');
    await first;
    await clock.advance(TIMES.ttlMs - 301);
    cache.current();
    expect(secret.reads).toBe(1);
    await clock.advance(1);
    cache.current();
    expect(secret.reads).toBe(2);
  });

  it('is used for its time even where that is longer than it may be stale', async () => {
    const { clock, textOf, secret } = setUp({ answer: 'hangs', times: { staleMs: 1 } });
    const first = textOf();
    await clock.advance(300);
    secret.release('one');
    expect(await first).toBe('one');
  });

  it('is waited for when nobody asked within twice its time, as after a freeze', async () => {
    const { clock, secret, textOf } = setUp();
    await textOf();
    secret.answer = 'two';
    await clock.advance(2 * TIMES.ttlMs + 1);
    expect(await textOf()).toBe('two');
  });

  it('is asked anew when the read was frozen with its environment', async () => {
    const { clock, log, secret, cache, textOf } = setUp();
    await textOf();
    secret.answer = 'hangs';
    await clock.advance(TIMES.ttlMs);
    expect(await textOf()).toBe('one');
    const frozen = { release: secret.release, signal: secret.signal };
    secret.answer = 'two';
    clock.jump(TIMES.staleMs / 2);
    expect(await textOf()).toBe('two');
    expect(frozen.signal.aborted).toBe(true);
    frozen.release('one');
    await clock.advance(0);
    expect(cache.current()).toEqual({ text: 'two' });
    expect(log.lines).toEqual([]);
  });

  it('has one read at a time after a short freeze, too', async () => {
    const { clock, log, secret, cache, textOf } = setUp();
    await textOf();
    secret.answer = 'hangs';
    await clock.advance(TIMES.ttlMs);
    cache.current();
    clock.jump(TIMES.timeoutMs + 1);
    cache.current();
    await clock.advance(0);
    cache.current();
    expect(secret.reads).toBe(3);
    expect(log.lines).toEqual([]);
  });

  it('is asked at once after a frozen read has failed', async () => {
    const { clock, log, secret, textOf } = setUp();
    await textOf();
    secret.answer = 'hangs';
    await clock.advance(TIMES.ttlMs);
    await textOf();
    secret.answer = 'two';
    clock.jump(TIMES.staleMs / 2);
    await clock.advance(0);
    expect(await textOf()).toBe('two');
    expect(log.lines).toEqual([]);
  });
});

describe('a secret that cannot be read', () => {
  it.each<[string, Answer]>([
    ['an error', new Error('no')],
    ['a bad value', 'bad'],
  ])('keeps its last good value for a bounded time: %s', async (_, answer) => {
    const { clock, log, secret, textOf } = setUp();
    await textOf();
    secret.answer = answer;
    await clock.advance(2 * TIMES.ttlMs + 1);
    expect(await textOf()).toBe('one');
    expect(log.lines[0]).toMatchObject({
      level: 'warn',
      message: expect.stringContaining('last good value'),
      secret: 'keys',
      ageSeconds: 120,
    });
    await clock.advance(TIMES.staleMs - 2 * TIMES.ttlMs - 2);
    expect(await textOf()).toBe('one');
    await clock.advance(20_000);
    await expect(textOf()).rejects.toThrow(answer instanceof Error ? 'no' : 'mend it');
  });

  it('makes nobody wait longer than a moment, and its late answer counts for the next', async () => {
    const { clock, secret, textOf } = setUp({ answer: 'hangs' });
    const refused = expect(textOf()).rejects.toThrow('keys was not read within 350 ms');
    await clock.advance(TIMES.waitMs);
    await refused;
    secret.release('late');
    await clock.advance(0);
    expect(await textOf()).toBe('late');
    expect(secret.reads).toBe(1);
  });

  it('makes nobody wait again and again for a value that is there', async () => {
    const { clock, secret, cache, textOf } = setUp();
    await textOf();
    secret.answer = 'hangs';
    await clock.advance(2 * TIMES.ttlMs + 1);
    const waited = textOf();
    await clock.advance(TIMES.timeoutMs);
    expect(await waited).toBe('one');
    for (let ms = 0; ms < 60_000; ms += 500) {
      expect(cache.current()).toEqual({ text: 'one' });
      await clock.advance(500);
    }
    expect(secret.reads).toBeGreaterThan(4);
  });

  it('is given up after its time-out', async () => {
    const { clock, log, secret, textOf } = setUp({ answer: 'hangs' });
    const refused = expect(textOf()).rejects.toThrow();
    await clock.advance(TIMES.timeoutMs);
    await refused;
    expect(secret.signal.aborted).toBe(true);
    expect(log.lines).toEqual([
      expect.objectContaining({ level: 'warn', error: 'keys was not read within 1500 ms' }),
    ]);
    secret.answer = 'one';
    await clock.advance(2000);
    expect(await textOf()).toBe('one');
  });

  it('is not hammered: fewer and fewer reads, and soon again without a value', async () => {
    const { clock, secret, textOf } = setUp({ answer: new Error('no') });
    for (let ms = 0; ms < 60_000; ms += 50) {
      await textOf().catch(() => undefined);
      await clock.advance(50);
    }
    expect(secret.reads).toBeGreaterThan(20);
    expect(secret.reads).toBeLessThan(40);
  });

  it('is asked less often while there is a value, and says when it is well again', async () => {
    const { clock, log, secret, textOf } = setUp();
    await textOf();
    secret.answer = new Error('no');
    await clock.advance(TIMES.ttlMs);
    for (let ms = 0; ms < 60_000; ms += 50) {
      expect(await textOf()).toBe('one');
      await clock.advance(50);
    }
    expect(secret.reads).toBeLessThan(15);
    secret.answer = 'two';
    await clock.advance(15_000);
    await textOf();
    await clock.advance(0);
    expect(await textOf()).toBe('two');
    expect(log.lines.at(-1)).toMatchObject({
      level: 'info',
      message: expect.stringContaining('again'),
    });
  });
});

describe('an early read', () => {
  it('brings what was just put into the secret, at most once in a few seconds', async () => {
    const { clock, secret, cache, textOf } = setUp();
    await textOf();
    await clock.advance(EARLY_READ_AFTER_MS);
    secret.answer = 'two';
    expect((await cache.loadLatest()).text).toBe('two');
    secret.answer = 'three';
    for (let n = 0; n < 100; n++) expect((await cache.loadLatest()).text).toBe('two');
    expect(secret.reads).toBe(2);
    await clock.advance(EARLY_READ_AFTER_MS);
    cache.readEarly();
    expect(await textOf()).toBe('two');
    await clock.advance(0);
    expect(await textOf()).toBe('three');
  });

  it('rejects while it fails, without asking each time, and leaves the last good value in use', async () => {
    const { clock, secret, cache, textOf } = setUp();
    await textOf();
    await clock.advance(EARLY_READ_AFTER_MS);
    secret.answer = new Error('no');
    for (let n = 0; n < 100; n++) await expect(cache.loadLatest()).rejects.toThrow('no');
    expect(secret.reads).toBe(2);
    expect(await textOf()).toBe('one');
  });

  it('waits for a read that is under way', async () => {
    const { clock, secret, cache, textOf } = setUp();
    await textOf();
    secret.answer = 'hangs';
    await clock.advance(TIMES.ttlMs);
    cache.current();
    const latest = cache.loadLatest();
    secret.release('two');
    expect(await latest).toEqual({ text: 'two' });
    expect(secret.reads).toBe(2);
  });
});
