import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ensureSecret } from '../../../lib/aws/ensure-secret.ts';
import { createSecretsManagerClient } from '../../../lib/aws/secrets-manager-client.ts';
import { startSecretsManagerEmulator } from '../../../local/emulators/secrets-manager-emulator.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { IDENTITY } from './test-emulators.ts';

const NOT_FOUND = 'ResourceNotFoundException';
const TOKEN = '11111111-2222-4333-8444-555555555555';

async function open(path?: string) {
  const file = path ?? join(await temporaryFolder('secrets'), 'aws', 'secrets.json');
  const emulator = await startSecretsManagerEmulator({ port: 0, path: file });
  const client = createSecretsManagerClient({
    endpoint: emulator.url,
    identity: IDENTITY,
    attemptTimeoutMs: 5000,
  });
  onTestFinished(async () => {
    client.destroy();
    await emulator.close();
  });
  return { file, client, emulator };
}

const create = (client: SecretsManagerClient, SecretString = 'one', Name = 'keys') =>
  client.send(new CreateSecretCommand({ Name, SecretString }));
const put = (client: SecretsManagerClient, SecretString: string, more = {}) =>
  client.send(new PutSecretValueCommand({ SecretId: 'keys', SecretString, ...more }));
const get = (client: SecretsManagerClient, more = {}) =>
  client.send(new GetSecretValueCommand({ SecretId: 'keys', ...more }));
const textOf = async (client: SecretsManagerClient, more = {}) =>
  (await get(client, more)).SecretString;

describe('Secrets Manager for the real SDK', () => {
  it('creates a secret and gives it back by name, by ARN, and by ARN without its suffix', async () => {
    const { client } = await open();
    const { ARN = '', VersionId } = await create(client, '{"a":"ž"}', 'shop/keys');
    expect(ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:\d{12}:secret:shop\/keys-\w{6}$/);
    for (const SecretId of ['shop/keys', ARN, ARN.slice(0, -7)])
      expect(await client.send(new GetSecretValueCommand({ SecretId }))).toMatchObject({
        ARN,
        Name: 'shop/keys',
        VersionId,
        SecretString: '{"a":"ž"}',
        VersionStages: ['AWSCURRENT'],
        CreatedDate: expect.any(Date),
      });
  });

  it('keeps the current and the previous version, and says which is which', async () => {
    const { client } = await open();
    await create(client);
    const second = await put(client, 'two');
    const third = await put(client, 'three');
    expect(third.VersionStages).toEqual(['AWSCURRENT']);
    expect(await textOf(client)).toBe('three');
    expect(await textOf(client, { VersionStage: 'AWSPREVIOUS' })).toBe('two');
    expect(await textOf(client, { VersionId: second.VersionId })).toBe('two');
    const described = await client.send(new DescribeSecretCommand({ SecretId: 'keys' }));
    expect(described.VersionIdsToStages).toEqual({
      [second.VersionId ?? '']: ['AWSPREVIOUS'],
      [third.VersionId ?? '']: ['AWSCURRENT'],
    });
  });

  it('leaves the current version alone when another label is put', async () => {
    const { client } = await open();
    await create(client);
    await put(client, 'two', { VersionStages: ['AWSPENDING'] });
    expect(await textOf(client)).toBe('one');
    expect(await textOf(client, { VersionStage: 'AWSPENDING' })).toBe('two');
  });

  it('carries bytes', async () => {
    const { client } = await open();
    const SecretBinary = Uint8Array.of(0, 255, 7);
    await client.send(new CreateSecretCommand({ Name: 'keys', SecretBinary }));
    expect((await get(client)).SecretBinary).toEqual(SecretBinary);
  });

  it('takes a repeated request for the same one', async () => {
    const { client } = await open();
    await create(client);
    const again = { ClientRequestToken: TOKEN };
    await put(client, 'two', again);
    await put(client, 'two', again);
    expect(await textOf(client, { VersionStage: 'AWSPREVIOUS' })).toBe('one');
    await expect(put(client, 'three', again)).rejects.toThrow(
      expect.objectContaining({ name: 'ResourceExistsException' }),
    );
  });

  it.each<[string, (client: SecretsManagerClient) => Promise<unknown>, string]>([
    ['a secret that is not there', (client) => get(client, { SecretId: 'no' }), NOT_FOUND],
    [
      'a description of one',
      (client) => client.send(new DescribeSecretCommand({ SecretId: 'no' })),
      NOT_FOUND,
    ],
    ['a new version of one', (client) => put(client, 'x', { SecretId: 'no' }), NOT_FOUND],
    ['a label that is not there', (client) => get(client, { VersionStage: 'X' }), NOT_FOUND],
    ['a version that is not there', (client) => get(client, { VersionId: TOKEN }), NOT_FOUND],
    ['a name that is taken', (client) => create(client), 'ResourceExistsException'],
    ['a bad name', (client) => create(client, 'x', 'a b'), 'ValidationException'],
    [
      'a value that is too large',
      (client) => put(client, 'x'.repeat(65_537)),
      'InvalidParameterException',
    ],
    [
      'an operation that it does not have',
      (client) => client.send(new ListSecretsCommand({})),
      'UnknownOperationException',
    ],
  ])('refuses %s by the name of the exception', async (_, act, name) => {
    const { client } = await open();
    await create(client);
    await expect(act(client)).rejects.toThrow(expect.objectContaining({ name }));
  });
});

describe('its file', () => {
  it('survives a restart, and is its owner’s alone', async () => {
    const { file, client, emulator } = await open();
    await create(client);
    await put(client, 'two');
    expect((await stat(file)).mode & 0o077).toBe(0);
    client.destroy();
    await emulator.close();

    const again = await open(file);
    expect(await textOf(again.client)).toBe('two');
    expect(await textOf(again.client, { VersionStage: 'AWSPREVIOUS' })).toBe('one');
  });

  it('is named when it is damaged, without what it holds', async () => {
    const { file, client } = await open();
    await create(client);
    await writeFile(file, 'hunter2');
    const started = startSecretsManagerEmulator({ port: 0, path: file });
    await expect(started).rejects.toThrow(`${file} is damaged (not JSON); delete it to start`);
    await writeFile(file, '[{"name":"hunter2"}]');
    const startedAgain = startSecretsManagerEmulator({ port: 0, path: file });
    await expect(startedAgain).rejects.toThrow('is damaged');
  });
});

it('a secret is ensured once, and changed only where it differs', async () => {
  const { client } = await open();
  const ensure = (text: string) => ensureSecret(client, 'keys', () => text);
  expect(await ensure('one')).toEqual({ changed: true });
  expect(await ensure('one')).toEqual({ changed: false });
  expect(await ensureSecret(client, 'keys', (text) => `${text} two`)).toEqual({ changed: true });
  expect(await textOf(client)).toBe('one two');
  expect(await textOf(client, { VersionStage: 'AWSPREVIOUS' })).toBe('one');
});
