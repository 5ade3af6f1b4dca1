import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../lib/clock.ts';
import type { Target } from '../../../lib/ports.ts';
import { DEFAULT_CODES } from '../../../lib/target/codes.ts';
import { createSender } from '../../../lib/target/send-operation.ts';
import { targetSdl } from '../../../local/target/graphql-api.ts';
import { createHarmlessCalls } from '../../../scripts/target-check/harmless-calls.ts';
import { startGraphQlServer } from '../../support/graphql-server.ts';
import { runCommand } from '../../support/start-process.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const startTarget = () =>
  startGraphQlServer({ typeDefs: targetSdl, resolvers: { Query: { getItem: () => null } } });

const check = (flags: string[]) => runCommand('target-check', flags);

/** A server that answers with these statuses and bodies, one after the other, then with the last. */
async function startScripted(answers: { status: number; headers?: object; body: string }[]) {
  let calls = 0;
  const server = createServer((request, response) => {
    request.resume();
    const next = answers[Math.min(calls, answers.length - 1)];
    calls += 1;
    response.writeHead(next?.status ?? 500, { ...next?.headers });
    response.end(next?.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, calls: () => calls };
}

describe('npm run target:check', () => {
  it('says that the default contract fits the seed’s schema, and sends the credential', async () => {
    const target = await startTarget();
    const file = join(await temporaryFolder('credential'), 'credential.json');
    await writeFile(file, '{"headers": {"Authorization": "Bearer abc"}}');
    const flags = ['--target-url', target.url, '--target-credential', file];
    const { code, stdout, stderr } = await check(flags);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^note +createItem is non-null/),
      expect.stringMatching(/^round trip +\d+ ms/),
      `ready: ${target.url} fits the target contract target`,
    ]);
    expect(target.requests.map(({ authorization }) => authorization)).toEqual(
      Array.from({ length: 7 }, () => 'Bearer abc'),
    );
  });

  it('says what does not fit, for machines too', async () => {
    const target = await startGraphQlServer({ typeDefs: 'type Query { a: Int }' });
    const { code, stdout } = await check(['--target-url', target.url, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      url: target.url,
      targetContract: { folder: 'target', sha256: expect.any(String) },
      ready: false,
      problems: [
        'create.graphql: the schema has no mutations',
        expect.stringMatching(/^lookup\.graphql:2:3: Cannot query field "getItem"/),
      ],
    });
  });

  it.each([
    [[], /--target-url is required/],
    [['--target-url', 'x'], /must be an http or https URL/],
    [
      ['--target-url', 'http://127.0.0.1:1/', '--target-credential', '/none'],
      /credential file cannot be read/,
    ],
    [['--target-url', 'http://127.0.0.1:1/', '--event', 'package.jso'], /event cannot be read/],
  ])('refuses %j', async (flags, message) => {
    expect(await check(flags)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  });

  it('takes a contract that does not compile for one that does not fit', async () => {
    const flags = ['--target-url', 'http://127.0.0.1:1/', '--target-contract', '/none'];
    const { code, stdout } = await check(flags);
    expect(code).toBe(1);
    expect(stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^does not fit +\/none\/: there is no such folder/),
      expect.stringMatching(/^note +the target was not called/),
      expect.stringMatching(/^not ready: /),
    ]);
    const machine = JSON.parse((await check([...flags, '--json'])).stdout);
    expect(machine).toMatchObject({ ready: false, problems: [expect.any(String)] });
  });

  it('refuses an event that the API would refuse', async () => {
    const file = join(await temporaryFolder('event'), 'event.json');
    await writeFile(file, '{"id":5,"name":"n","timestamp":"tomorrow"}');
    expect(await check(['--target-url', 'http://127.0.0.1:1/', '--event', file])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/would refuse the event in .*id: .*body: .*timestamp: /),
    });
  });

  it('shows nothing of a bad credential', async () => {
    const file = join(await temporaryFolder('credential'), 'credential.json');
    await writeFile(file, '{"headers": {"authorization": 12345}}');
    const { code, stderr } = await check([
      '--target-url',
      'http://127.0.0.1:1/',
      '--target-credential',
      file,
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain(file);
    expect(stderr).not.toContain('12345');
  });

  it('says that nothing listens', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { code, stdout } = await check(['--target-url', `http://127.0.0.1:${port}/graphql`]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/cannot be reached: ECONNREFUSED/);
  });
});

describe('createHarmlessCalls', () => {
  const callsTo = (url: string, options: { ratePerSecond?: number; signal?: AbortSignal } = {}) =>
    createHarmlessCalls({
      send: createSender({ url, timeoutMs: 5000, responseMaxBytes: 10_000, clock: systemClock }),
      target: { canLookUp: false } as Target,
      codes: DEFAULT_CODES,
      ratePerSecond: 1000,
      ...options,
    });

  it('calls no faster than the rate', async () => {
    const server = await startScripted([{ status: 200, body: '{"data": {"__typename": "Q"}}' }]);
    const calls = callsTo(server.url, { ratePerSecond: 20 });
    const startedMs = performance.now();
    for (let call = 0; call < 4; call += 1) await calls.ask();
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(145);
  });

  it('ends with its signal', async () => {
    const server = await startScripted([
      { status: 429, headers: { 'retry-after': '9' }, body: '' },
    ]);
    await expect(callsTo(server.url, { signal: AbortSignal.timeout(50) }).ask()).rejects.toThrow();
  });
});
