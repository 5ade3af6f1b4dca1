import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { invokeAlert } from '../../lib/aws/lambda-alert.ts';
import { createLambdaClient } from '../../lib/aws/lambda-client.ts';
import { createFunction } from '../../local/lambda/function.ts';
import { IDENTITY } from '../../local/layout.ts';
import { buildHandlers } from '../../scripts/build.ts';
import { runCommand } from '../support/start-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { listen } from '../support/test-server.ts';
import { startSecretsServer } from './secrets/secrets-server.ts';

let [folder, bundle] = ['', ''];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orchestrator-alert-'));
  const bundles = await buildHandlers(folder, { alert: 'handlers/alert.ts' });
  bundle = bundles[0]?.path ?? '';
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts a server that keeps the path and the JSON body of each request; returns its URL. */
async function startReceiver(respond: (response: ServerResponse) => void) {
  const requests: [path: string | undefined, body: unknown][] = [];
  const server = createServer(async (request, response) => {
    requests.push([request.url, await json(request)]);
    respond(response);
  });
  return { requests, url: `http://${await listen(server)}` };
}

/** A webhook on this machine, which keeps the messages that it gets. */
async function startWebhook(status = 200, text = 'ok') {
  const { requests, url } = await startReceiver((response) =>
    response.writeHead(status, { location: '/elsewhere' }).end(text),
  );
  return {
    texts: () => requests.map(([, body]) => body),
    url: `${url}/services/SECRET-TOKEN`,
  };
}

/** The deployed bundle in an environment, with a secret that holds this. */
async function invoke(secret: string, message: string) {
  const secrets = await startSecretsServer({ holds: secret });
  const lines: string[] = [];
  const alert = createFunction({
    ...{ name: 'orchestrator-alert', bundle, timeoutMs: 15_000, memoryMb: 256, maxEnvironments: 1 },
    environment: { WEBHOOK_SECRET_ID: 'webhook', SECRETS_MANAGER_ENDPOINT: secrets.url },
    onLog: ({ text }) => lines.push(text),
  });
  onTestFinished(() => alert.stop());
  const Sns = { Subject: 'ALARM', Message: message, MessageId: 'm-1' };
  const result = await alert.invoke({ Records: [{ EventSource: 'aws:sns', Sns }] });
  return { result, lines };
}

const ALARM = JSON.stringify({
  AlarmName: 'orchestrator-prod-dead-letters',
  AlarmDescription: 'Events were dead-lettered.',
  OldStateValue: 'OK',
  NewStateValue: 'ALARM',
  NewStateReason: 'Threshold Crossed: 1 datapoint <3> was greater than the threshold.',
});

describe('the function that posts alarms', () => {
  it('posts an alarm to the address in the secret, as the webhook takes it', async () => {
    const receiver = await startWebhook();
    const { result, lines } = await invoke(JSON.stringify({ url: receiver.url }), ALARM);
    expect(result).toMatchObject({ ok: true, value: [{ status: 200, answer: 'ok' }] });
    expect(receiver.texts()).toEqual([
      {
        text: [
          ':rotating_light: orchestrator-prod-dead-letters: ALARM (was OK)',
          'Events were dead-lettered.',
          'Threshold Crossed: 1 datapoint &lt;3&gt; was greater than the threshold.',
        ].join('\n'),
      },
    ]);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'info', service: 'alert', message: 'posted', messageId: 'm-1' },
    ]);
    expect(JSON.parse(lines[0] ?? '').requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['refuses', 403, /responded with 403: no/],
    ['sends it elsewhere', 302, /responded with 302: no/],
  ])('fails where the webhook %s, so that Lambda tries again', async (_, status, message) => {
    const receiver = await startWebhook(status, 'no');
    const { result, lines } = await invoke(JSON.stringify({ url: receiver.url }), ALARM);
    expect(result).toMatchObject({ ok: false, errorMessage: expect.stringMatching(message) });
    expect(receiver.texts()).toHaveLength(1);
    expect(`${JSON.stringify(result)}${lines.join('')}`).not.toContain('SECRET-TOKEN');
  });

  it.each([
    ['is empty', '{}'],
    ['is no JSON', 'https://example.com/SECRET-TOKEN'],
    ['is not encrypted', '{"url":"http://example.com/SECRET-TOKEN"}'],
  ])('fails where the secret %s, and does not show it', async (_, secret) => {
    const { result } = await invoke(secret, ALARM);
    expect(result).toMatchObject({ ok: false, errorType: 'SecretFormatError' });
    expect(JSON.stringify(result)).not.toContain('SECRET-TOKEN');
  });
});

describe('the alert function, as npm run alert:test -- --stack invokes it', () => {
  /** The Lambda API, which returns this of an invocation. */
  async function startLambda(payload: unknown, functionError?: string) {
    const { requests, url } = await startReceiver((response) => {
      if (functionError) response.setHeader('x-amz-function-error', functionError);
      response.end(JSON.stringify(payload));
    });
    const client = createLambdaClient({ endpoint: url, identity: IDENTITY });
    onTestFinished(() => client.destroy());
    return { client, requests };
  }

  it('gets the message as from the topic, and says what the webhook responded', async () => {
    const { client, requests } = await startLambda([{ status: 204, answer: '' }]);
    expect(await invokeAlert(client, 'f', { subject: 's', message: 'm' })).toBe(204);
    expect(requests).toEqual([
      [
        '/2015-03-31/functions/f/invocations',
        { Records: [{ Sns: { Subject: 's', Message: 'm', MessageId: 'test' } }] },
      ],
    ]);
  });

  it('says why it failed', async () => {
    const { client } = await startLambda(
      { errorMessage: 'The webhook responded with 404' },
      'Unhandled',
    );
    await expect(invokeAlert(client, 'f', { subject: 's', message: 'm' })).rejects.toThrow(
      'The webhook responded with 404',
    );
  });
});

describe('npm run alert:test', () => {
  async function webhookFile(content: unknown): Promise<string> {
    const file = join(await temporaryFolder('webhook'), 'webhook.json');
    await writeFile(file, JSON.stringify(content));
    return file;
  }

  it('posts a message and says that it was delivered', async () => {
    const receiver = await startWebhook();
    const file = await webhookFile({ url: receiver.url });
    const { code, stdout } = await runCommand('alert-test', ['--webhook', file]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'Delivered: the webhook responded with 200.\n',
    });
    expect(receiver.texts()).toEqual([{ text: expect.stringMatching(/^A test of the alarms\n/) }]);
  });

  it('says that it was not delivered, and why', async () => {
    const receiver = await startWebhook(404, 'no_service');
    const file = await webhookFile({ url: receiver.url });
    const { code, stdout } = await runCommand('alert-test', ['--webhook', file, '--json']);
    expect({ code, answer: JSON.parse(stdout) }).toEqual({
      code: 1,
      answer: {
        ...{ delivered: false, status: null },
        problem: 'The webhook responded with 404: no_service. Check the address in its secret.',
      },
    });
  });

  it.each([
    [[], /Give --stack, or --webhook/],
    [['--webhook', '/nowhere.json'], /cannot be read/],
  ])('refuses %j', async (flags, message) => {
    const { code, stderr } = await runCommand('alert-test', flags);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
  });
});
