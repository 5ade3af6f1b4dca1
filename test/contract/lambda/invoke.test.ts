import { describe, expect, it, vi } from 'vitest';
import type { InvokeResult } from '../../../local/lambda/invoke.ts';
import { testFunction } from './test-function.ts';

function returned(result: InvokeResult): unknown {
  if (!result.ok) throw new Error(`${result.errorType}: ${result.errorMessage}`);
  return result.value;
}

describe('an invocation', () => {
  it.each([
    ['an object', { a: [1, 'b', null] }, { a: [1, 'b', null] }],
    ['a text', 'plain', 'plain'],
    ['null', null, null],
    ['members that JSON drops', { kept: 1, dropped: undefined }, { kept: 1 }],
  ])('hands on %s', async (_name, value, expected) => {
    const fn = testFunction();
    expect(returned(await fn.invoke({ do: 'value', value }))).toEqual(expected);
  });

  it('turns an undefined response into null', async () => {
    expect(returned(await testFunction().invoke({ do: 'nothing' }))).toBeNull();
  });

  it('gives the handler the context of the Node.js runtime', async () => {
    const fn = testFunction({ timeoutMs: 5000 });
    const result = await fn.invoke({ do: 'about' });
    const { context, remainingMs } = returned(result) as Record<string, never>;
    expect(context).toEqual({
      awsRequestId: result.requestId,
      callbackWaitsForEmptyEventLoop: true,
      functionName: 'probe',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:probe',
      memoryLimitInMB: '256',
      logGroupName: '/aws/lambda/probe',
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
    });
    expect(remainingMs).toBeGreaterThan(4000);
    expect(remainingMs).toBeLessThanOrEqual(5000);
  });

  it("sees its own variables and Lambda's, and none of the parent's", async () => {
    vi.stubEnv('SECRET_OF_THE_PARENT', 'hidden');
    vi.stubEnv('NODE_OPTIONS', '--no-warnings');
    const fn = testFunction({ environment: { TABLE: 'facts' } });
    const { variables } = returned(
      await fn.invoke({ do: 'about' }, { traceHeader: 'Root=1-5-a' }),
    ) as {
      variables: Record<string, string>;
    };
    vi.unstubAllEnvs();
    expect(variables).toMatchObject({
      TABLE: 'facts',
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'probe',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
      AWS_ACCESS_KEY_ID: 'local',
      _HANDLER: 'probe.handler',
      _X_AMZN_TRACE_ID: 'Root=1-5-a',
    });
    expect(variables).not.toHaveProperty('SECRET_OF_THE_PARENT');
    expect(variables).not.toHaveProperty('NODE_OPTIONS');
  });

  it('gets a trace of its own when none is given', async () => {
    const { variables } = returned(await testFunction().invoke({ do: 'about' })) as {
      variables: Record<string, string>;
    };
    expect(variables._X_AMZN_TRACE_ID).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
  });

  it("lets a function's own credentials through", async () => {
    const fn = testFunction({ environment: { AWS_ACCESS_KEY_ID: 'mine' } });
    expect(returned(await fn.invoke({ do: 'about' }))).toMatchObject({
      variables: { AWS_ACCESS_KEY_ID: 'mine' },
    });
  });

  it('accepts a response of exactly the limit, and refuses one byte more', async () => {
    const fn = testFunction();
    expect(await fn.invoke({ do: 'big', bytes: 6_291_556 })).toMatchObject({ ok: true });
    expect(await fn.invoke({ do: 'big', bytes: 6_291_557 })).toMatchObject({
      ok: false,
      kind: 'error',
      errorType: 'Function.ResponseSizeTooLarge',
    });
  });

  it('refuses an event above 6 MB before the function runs', async () => {
    const fn = testFunction();
    const result = await fn.invoke({ do: 'nothing', filler: 'x'.repeat(6_291_456) });
    expect(result).toMatchObject({ kind: 'error', errorType: 'RequestTooLargeException' });
    expect(fn.pids()).toEqual([]);
  });
});
