import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { fixture, testFunction } from './test-function.ts';

describe('a handler that throws', () => {
  it('is an error, and its environment serves on', async () => {
    const fn = testFunction();
    const result = await fn.invoke({ do: 'throw', message: 'out of range' });
    expect(result).toEqual({
      ok: false,
      kind: 'error',
      errorType: 'RangeError',
      errorMessage: 'out of range',
      requestId: expect.any(String),
    });
    expect(await fn.invoke({ do: 'about' })).toMatchObject({ value: { invocations: 2 } });
    expect(fn.pids()).toHaveLength(1);
  });

  it.each([
    ['a text', { do: 'throwText', message: 'just words' }, 'string', 'just words'],
    ['a response that is no JSON', { do: 'cyclic' }, 'Error', 'Unable to stringify response body'],
  ])('reports %s as the runtime does', async (_name, event, errorType, errorMessage) => {
    const result = await testFunction().invoke(event);
    expect(result).toMatchObject({ kind: 'error', errorType, errorMessage });
  });
});

describe('a function that runs out of time', () => {
  it.each(['never', 'spin'])('is killed while it does %s', async (action) => {
    const fn = testFunction({ timeoutMs: 250 });
    await fn.warm();
    const [pid] = fn.pids();
    const result = await fn.invoke({ do: action });
    expect(result).toEqual({
      ok: false,
      kind: 'timeout',
      errorType: 'Sandbox.Timedout',
      errorMessage: `${result.requestId} Task timed out after 0.25 seconds`,
      requestId: result.requestId,
    });
    expect(fn.pids()).toEqual([]);
    expect(await fn.invoke({ do: 'about' })).not.toMatchObject({ value: { pid } });
  });
});

describe('a process that ends', () => {
  const exited = 'Error: Runtime exited with error';
  it.each([
    [{ do: 'exit', code: 5 }, 'Runtime.ExitError', `${exited}: exit status 5`],
    [
      { do: 'exit', code: 0 },
      'Runtime.ExitError',
      'Error: Runtime exited without providing a reason',
    ],
    [{ do: 'signal', signal: 'SIGKILL' }, 'Runtime.ExitError', `${exited}: signal: killed`],
  ])('is a crash: %j', async (event, errorType, words) => {
    const fn = testFunction();
    const result = await fn.invoke(event);
    expect(result).toMatchObject({
      kind: 'crash',
      errorType,
      errorMessage: `RequestId: ${result.requestId} ${words}`,
    });
    expect(await fn.invoke({ do: 'about' })).toMatchObject({ value: { invocations: 1 } });
  });

  it('is out of memory when its heap is full', async () => {
    const fn = testFunction({ memoryMb: 64 });
    const result = await fn.invoke({ do: 'fillHeap' });
    expect(result).toMatchObject({ kind: 'crash', errorType: 'Runtime.OutOfMemory' });
    expect(await fn.invoke({ do: 'nothing' })).toMatchObject({ ok: true });
  });

  it.each([
    ['reject', 'Runtime.UnhandledPromiseRejection', 'nobody waits for this'],
    ['throwLater', 'TypeError', 'nobody catches this'],
  ])('names the error that nobody caught: %s', async (action, errorType, errorMessage) => {
    const result = await testFunction().invoke({ do: action });
    expect(result).toMatchObject({ kind: 'crash', errorType, errorMessage });
  });

  it('is replaced when it ends between invocations', async () => {
    const fn = testFunction();
    expect(await fn.invoke({ do: 'throwAfterwards' })).toMatchObject({ value: 'answered' });
    await vi.waitFor(() => expect(fn.pids()).toEqual([]), { timeout: 10_000 });
    expect(await fn.invoke({ do: 'about' })).toMatchObject({ value: { invocations: 1 } });
  });
});

describe('a bundle that does not start', () => {
  it.each([
    ['throws-at-import', 'error', 'RangeError'],
    ['imports-nothing', 'error', 'Runtime.ImportModuleError'],
    ['no-handler', 'error', 'Runtime.HandlerNotFound'],
    ['exits-at-import', 'crash', 'Runtime.ExitError'],
  ])('%s: fails the invocation', async (bundle, kind, errorType) => {
    const fn = testFunction({ bundle: fixture(bundle) });
    expect(await fn.invoke({})).toMatchObject({ ok: false, kind, errorType });
    expect(fn.pids()).toEqual([]);
  });

  it('fails the invocation when it does not parse', async () => {
    const bundle = join(mkdtempSync(join(tmpdir(), 'lambda-')), 'index.mjs');
    writeFileSync(bundle, 'export const handler = async () => {');
    const result = await testFunction({ bundle }).invoke({});
    expect(result).toMatchObject({ kind: 'error', errorType: 'Runtime.UserCodeSyntaxError' });
  });

  it('is given up when it takes longer than an initialisation may', async () => {
    const fn = testFunction({ bundle: fixture('never-ready'), initTimeoutMs: 300 });
    const result = await fn.invoke({});
    expect(result).toMatchObject({ kind: 'timeout', errorType: 'Sandbox.Timedout' });
    expect(fn.pids()).toEqual([]);
  });

  it('is tried afresh by the next invocation', async () => {
    const MARKER = join(mkdtempSync(join(tmpdir(), 'lambda-')), 'marker');
    const fn = testFunction({ bundle: fixture('fails-once'), environment: { MARKER } });
    expect(await fn.invoke({})).toMatchObject({ kind: 'error', errorMessage: 'not this time' });
    expect(await fn.invoke({})).toMatchObject({ ok: true, value: 'recovered' });
  });

  it('makes warming up fail with the reason', async () => {
    const fn = testFunction({ bundle: fixture('throws-at-import') });
    await expect(fn.warm()).rejects.toThrow('RangeError: this bundle cannot be imported');
  });
});

describe('wrong options', () => {
  it('are refused when there is no bundle', () => {
    expect(() => testFunction({ bundle: fixture('not-built') })).toThrow(
      /there is no .*not-built.mjs; build the functions first/,
    );
  });

  it('are named all at once', () => {
    const options = { bundle: 'index.mjs', memoryMb: 0, environment: { AWS_REGION: 'x' } };
    expect(() => testFunction(options)).toThrow(
      'Function probe: AWS_REGION is set by Lambda; memoryMb must be above zero; bundle must be an absolute path',
    );
  });
});
