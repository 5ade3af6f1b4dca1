import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFunction } from '../../../local/lambda/function.ts';
import { post, returning, testGateway } from './test-gateway.ts';

function greeter(timeoutMs: number) {
  const fn = createFunction({
    name: 'greet',
    bundle: fileURLToPath(new URL('fixtures/greet.mjs', import.meta.url)),
    timeoutMs,
    memoryMb: 128,
    maxEnvironments: 2,
  });
  onTestFinished(() => fn.stop());
  return fn;
}

it('refuses a request unread, and at once, while its function is full', async () => {
  let isFull = true;
  const route = { method: 'POST', path: '/events', authorized: false } as const;
  const gateway = await testGateway({
    routes: [{ ...route, invoke: returning(() => '"done"'), isFull: () => isFull }],
  });
  const refused = await post(gateway);
  expect(refused).toMatchObject({ status: 503, body: { message: 'Service Unavailable' } });
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(gateway.logged).toMatchObject([{ status: 503 }]);
  isFull = false;
  expect(await post(gateway)).toMatchObject({ status: 200, body: 'done' });
});

describe('a function in its own process behind the gateway', () => {
  it.each(['auto', 'always'] as const)('answers over HTTP (%s)', async (base64Bodies) => {
    const { invoke } = greeter(10_000);
    const route = { method: 'POST', path: '/greetings', invoke, authorized: false };
    const gateway = await testGateway({ routes: [route], base64Bodies });
    const headers = { 'content-type': 'application/json', 'x-amzn-trace-id': 'Root=1-5-a' };
    expect(await post(gateway, '{"name":"Zoë"}', headers, '/greetings')).toMatchObject({
      status: 201,
      body: { greeting: 'Hello, Zoë', from: 'greet', trace: 'Root=1-5-a' },
    });
    expect(await post(gateway, '{"name":"nobody"}', headers, '/greetings')).toMatchObject({
      status: 500,
    });
    expect(gateway.logged[1]?.reason).toBe('Error: nobody to greet');
  });

  it('is a 503 once it is stopped', async () => {
    const fn = greeter(10_000);
    const route = { method: 'POST', path: '/events', invoke: fn.invoke, authorized: false };
    const gateway = await testGateway({ routes: [route] });
    await fn.stop();
    expect(await post(gateway)).toMatchObject({
      status: 503,
      body: { message: 'Service Unavailable' },
    });
  });
});
