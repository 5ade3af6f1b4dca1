import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { fixture, testFunction } from './test-function.ts';

describe('environments', () => {
  it('are reused, and only the first invocation starts one', async () => {
    const fn = testFunction();
    expect(fn.pids()).toEqual([]);
    expect(await fn.invoke({ do: 'about' })).toMatchObject({ value: { invocations: 1 } });
    expect(await fn.invoke({ do: 'about' })).toMatchObject({ value: { invocations: 2 } });
    expect(fn.pids()).toHaveLength(1);
  });

  it('stand back for other processes as far as they are told', async () => {
    const about = await testFunction({ niceness: 5 }).invoke({ do: 'about' });
    const { pid } = Object(about.ok && about.value);
    expect(getPriority(pid)).toBe(getPriority() + 5);
  });

  it('run one invocation each at a time', async () => {
    const fn = testFunction();
    const both = [fn.invoke({ do: 'hold', name: 'a' }), fn.invoke({ do: 'hold', name: 'b' })];
    await fn.release('a');
    await fn.release('b');
    const results = await Promise.all(both);
    expect(new Set(results.map((result) => result.ok && Object(result.value).pid)).size).toBe(2);
  });

  it('that were used last are used first', async () => {
    const fn = testFunction();
    await fn.warm(2);
    const first = fn.invoke({ do: 'hold', name: 'a' });
    const second = fn.invoke({ do: 'hold', name: 'b' });
    await fn.release('b');
    await second;
    await fn.release('a');
    const { pid } = Object(await first.then((result) => result.ok && result.value));
    expect(await fn.invoke({ do: 'about' })).toMatchObject({ value: { pid } });
  });

  it('can be started ahead, up to the most there may be', async () => {
    const fn = testFunction();
    await fn.warm(5);
    const pids = fn.pids();
    expect(pids).toHaveLength(2);
    await fn.invoke({ do: 'nothing' });
    expect(fn.pids()).toEqual(pids);
  });

  it('are waited for first come, first served', async () => {
    const fn = testFunction({ maxEnvironments: 1 });
    const order: unknown[] = [];
    const holding = fn.invoke({ do: 'hold', name: 'a' });
    const waiting = [1, 2, 3].map(async (value) => {
      const result = await fn.invoke({ do: 'value', value });
      order.push(result.ok && result.value);
    });
    await fn.wrote('holding a');
    expect(order).toEqual([]);
    expect(fn.pids()).toHaveLength(1);
    await fn.release('a');
    await Promise.all([holding, ...waiting]);
    expect(order).toEqual([1, 2, 3]);
  });

  it('go to who waits even when the one before crashed', async () => {
    const fn = testFunction({ maxEnvironments: 1 });
    const [crash, next] = await Promise.all([
      fn.invoke({ do: 'exit', code: 1 }),
      fn.invoke({ do: 'value', value: 'served' }),
    ]);
    expect(crash).toMatchObject({ kind: 'crash' });
    expect(next).toMatchObject({ value: 'served' });
  });

  it('refuse at once what would wait for too long, and what has', async () => {
    const fn = testFunction({ maxEnvironments: 1, maxWaitMs: 200 });
    await fn.warm();
    const holding = fn.invoke({ do: 'hold', name: 'a' });
    await fn.wrote('holding a');
    expect(fn.isFull()).toBe(false);
    const startedMs = performance.now();
    const waiting = fn.invoke({ do: 'nothing' });
    await vi.waitFor(() => expect(fn.isFull()).toBe(true), { interval: 5 });
    expect(await fn.invoke({ do: 'nothing' })).toMatchObject({ kind: 'throttled' });
    expect(await waiting).toMatchObject({ kind: 'throttled' });
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(195);
    expect(fn.isFull()).toBe(false);
    await fn.release('a');
    expect(await holding).toMatchObject({ ok: true });
    expect(await fn.invoke({ do: 'nothing' })).toMatchObject({ ok: true });
  });

  it('throttle instead where that is wanted', async () => {
    const fn = testFunction({ maxEnvironments: 1, maxWaitMs: 0 });
    const holding = fn.invoke({ do: 'hold', name: 'a' });
    const turnedAway = await fn.invoke({ do: 'nothing' });
    expect(turnedAway).toMatchObject({ kind: 'throttled', errorType: 'TooManyRequestsException' });
    await fn.release('a');
    expect(await holding).toMatchObject({ ok: true });
  });
});

describe('output', () => {
  it('arrives line by line under the request that wrote it', async () => {
    const fn = testFunction();
    const lines = ['first', 'zwölf', 'x'.repeat(100_000)];
    const { requestId } = await fn.invoke({ do: 'print', lines });
    const written = fn.lines.filter((line) => line.requestId === requestId);
    expect(written.map(({ text }) => text)).toEqual(lines);
    expect(written[0]).toMatchObject({ stream: 'stdout' });
  });

  it('of initialisation belongs to no request', async () => {
    const fn = testFunction();
    await fn.warm();
    expect(await fn.wrote('loaded')).toMatchObject({ requestId: undefined });
  });

  it('without a last newline is not lost', async () => {
    const fn = testFunction();
    const { requestId } = await fn.invoke({ do: 'printPartly' });
    expect(fn.lines.at(-1)).toMatchObject({
      text: 'no newline at the end',
      stream: 'stderr',
      requestId,
    });
  });

  it('has the error that a handler threw', async () => {
    const fn = testFunction();
    const { requestId } = await fn.invoke({ do: 'throw', message: 'look at me' });
    const line = fn.lines.find(({ text }) => text.startsWith('Invoke Error\t'));
    expect(line).toMatchObject({ requestId, stream: 'stderr' });
    expect(line?.text).toContain('look at me');
  });

  it('goes to a file', async () => {
    const logFile = join(mkdtempSync(join(tmpdir(), 'lambda-')), 'probe.log');
    const fn = testFunction({ logFile });
    const { requestId } = await fn.invoke({ do: 'print', lines: ['written down'] });
    await fn.stop();
    expect(readFileSync(logFile, 'utf8')).toMatch(
      new RegExp(`^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z\\t${requestId}\\twritten down$`, 'm'),
    );
  });
});

describe('the end', () => {
  it('lets running invocations finish and turns the others away', async () => {
    const fn = testFunction({ maxEnvironments: 1 });
    const running = fn.invoke({ do: 'hold', name: 'a' });
    const queued = fn.invoke({ do: 'nothing' });
    await fn.wrote('holding a');
    const stopped = fn.stop();
    expect(await queued).toMatchObject({ kind: 'unavailable' });
    await fn.release('a');
    expect(await running).toMatchObject({ ok: true, value: { name: 'a' } });
    await stopped;
    expect(fn.pids()).toEqual([]);
    expect(await fn.invoke({ do: 'nothing' })).toMatchObject({ kind: 'unavailable' });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'is not brought by a %s to the whole process group',
    async (signal) => {
      const fn = testFunction();
      const running = fn.invoke({ do: 'hold', name: 'a' });
      const { pid } = await fn.wrote('holding a');
      process.kill(Number(pid), signal);
      await fn.release('a');
      expect(await running).toMatchObject({ ok: true });
    },
  );

  it('can be sudden', async () => {
    const fn = testFunction();
    const running = fn.invoke({ do: 'hold', name: 'a' });
    await fn.wrote('holding a');
    fn.kill();
    expect(await running).toMatchObject({
      kind: 'crash',
      errorMessage: expect.stringContaining('signal: killed'),
    });
    await vi.waitFor(() => expect(fn.pids()).toEqual([]));
  });

  it.each([
    ['', {}],
    [', also when they are frozen', { FROZEN: '1' }],
  ])('of the parent is the end of its environments%s', async (_, variables) => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const connected = once(server, 'connection');
    const parent = startParent((server.address() as AddressInfo).port, variables);
    const frozen = 'FROZEN' in variables ? once(parent.stdout as Readable, 'data') : undefined;
    const [environment] = (await connected) as [Socket];
    await frozen;
    const ended = once(environment.on('error', () => {}).resume(), 'close');
    parent.kill('SIGKILL');
    await ended;
  });
});

function startParent(port: number, variables: Record<string, string>): ChildProcess {
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', fixture('parent')], {
    env: { ...process.env, PORT: String(port), ...variables },
    stdio: ['inherit', 'pipe', 'inherit'],
  });
}
