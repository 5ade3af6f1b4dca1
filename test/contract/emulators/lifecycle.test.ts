import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ensureBucket } from '../../../lib/aws/ensure-bucket.ts';
import { ensureStream } from '../../../lib/aws/ensure-stream.ts';
import { createAppendToJournal } from '../../../lib/aws/kinesis-append.ts';
import { systemClock } from '../../../lib/clock.ts';
import { startEmulators } from '../../../local/emulators/start-emulators.ts';
import { countingProxy } from '../../support/counting-proxy.ts';
import { clientsOf, startTestEmulators, temporaryFolder } from './test-emulators.ts';

const MAIN = fileURLToPath(import.meta.resolve('../../../local/emulators/main.ts'));
const START = import.meta.resolve('../../../local/emulators/start-emulators.ts');

describe('starting', () => {
  test('serves Kinesis, S3 and DynamoDB on the loopback interface only', async () => {
    const emulators = await startTestEmulators(await temporaryFolder());
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((address) => address && !address.internal && address.family === 'IPv4')?.address;
    for (const url of [emulators.kinesisUrl, emulators.s3Url, emulators.dynamoDbUrl]) {
      const { hostname, port } = new URL(url);
      expect(hostname).toBe('127.0.0.1');
      expect(await canConnect(hostname, Number(port))).toBe(true);
      if (outside) expect(await canConnect(outside, Number(port))).toBe(false);
    }
  });

  test('creates streams and buckets once', async () => {
    const emulators = await startTestEmulators(await temporaryFolder());
    const { kinesis, s3 } = clientsOf(emulators);
    const spec = { name: 'journal', shardCount: 2, retentionHours: 720 };
    const first = await ensureStream(kinesis, spec, systemClock);
    expect(first).toEqual({ created: true, openShards: 2, retentionHours: 720 });
    const second = await ensureStream(kinesis, { ...spec, shardCount: 5 }, systemClock);
    expect(second).toEqual({ ...first, created: false });

    expect(await ensureBucket(s3, 'archive')).toEqual({ created: true });
    expect(await ensureBucket(s3, 'archive')).toEqual({ created: false });
  });

  test('keeps one connection for appends one after the other', async () => {
    const emulators = await startTestEmulators(await temporaryFolder());
    const connections = await countingProxy(emulators.kinesisUrl);
    const { kinesis } = clientsOf({ ...emulators, kinesisUrl: connections.url });
    await ensureStream(kinesis, { name: 'journal', shardCount: 1 }, systemClock);
    const append = createAppendToJournal(kinesis, 'journal');
    const { signal } = new AbortController();
    for (let n = 0; n < 20; n++) {
      const at = '2026-01-01T00:00:00.000Z';
      const event = { eventId: `event-${n}`, at, traceId: '0'.repeat(32), payload: {} };
      await append({ v: 1, type: 'received', ...event }, { signal, elsewhere: n % 2 === 1 });
    }
    expect(connections.count()).toBe(1);
  });

  test('fails with one line when a port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const dataDir = await temporaryFolder();
    await expect(startEmulators({ kinesisPort: port, s3Port: 0, dataDir })).rejects.toThrow(
      `the Kinesis emulator cannot start: port ${port} is already in use`,
    );
    await expect(startEmulators({ kinesisPort: 0, s3Port: port, dataDir })).rejects.toThrow(
      `the S3 emulator cannot start: port ${port} is already in use`,
    );
    const options = { kinesisPort: 0, s3Port: 0, dynamoDbPort: port, dataDir };
    await expect(startEmulators(options)).rejects.toThrow(
      `the DynamoDB emulator cannot start: port ${port} is already in use`,
    );
  });

  test('fails with one line when the folder cannot be used', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    const started = startEmulators({ kinesisPort: 0, s3Port: 0, dataDir: file });
    await expect(started).rejects.toThrow(/^the Kinesis emulator cannot start: .*ENOTDIR.*$/);
  });

  test('fails with one line when the tables cannot be opened', async () => {
    const dataDir = await temporaryFolder();
    await writeFile(join(dataDir, 'dynamodb.sqlite'), 'x'.repeat(1000));
    const started = startEmulators({ kinesisPort: 0, s3Port: 0, dataDir });
    await expect(started).rejects.toThrow(
      /^the DynamoDB emulator cannot start: \S+\/dynamodb\.sqlite cannot be used \(file is not a database\): .+$/,
    );
  });

  test('fails with one line when another process uses the folder', async () => {
    const dataDir = await temporaryFolder();
    await startTestEmulators(dataDir);
    const started = startEmulators({ kinesisPort: 0, s3Port: 0, dataDir });
    await expect(started).rejects.toThrow(
      /^the Kinesis emulator cannot start: another process uses its data folder .*$/,
    );
  });

  test('ends with 2 on bad flags', async () => {
    const run = promisify(execFile)(process.execPath, [MAIN, '--kinesis-port=x', '--data-dir=d']);
    await expect(run).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        '--kinesis-port is x, but must be 0 (any free port) to 65535',
      ),
    });
  });
});

describe('ending', () => {
  test('is clean and silent on request, also with open connections', async () => {
    const emulators = await startTestEmulators(await temporaryFolder());
    const { kinesis, s3 } = clientsOf(emulators);
    await ensureStream(kinesis, { name: 'journal', shardCount: 1 }, systemClock);
    await ensureBucket(s3, 'archive');
    await emulators.stop();
    expect(await emulators.exited).toEqual({ code: 0, signal: null, stderr: '' });
    await emulators.stop();
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('is clean on %s without a parent', async (signal) => {
    const flags = ['--disable-warning=ExperimentalWarning', MAIN, '--data-dir'];
    const alone = spawn(process.execPath, [...flags, await temporaryFolder()], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(alone.stdout, 'data');
    alone.kill(signal);
    expect(await once(alone, 'exit')).toEqual([0, null]);
  });

  test('waits for its parent to hang up when a signal reaches them both', async () => {
    const emulators = await startTestEmulators(await temporaryFolder());
    process.kill(emulators.pid, 'SIGINT');
    process.kill(emulators.pid, 'SIGTERM');
    expect(await canConnect('127.0.0.1', Number(new URL(emulators.kinesisUrl).port))).toBe(true);
    await emulators.stop();
    expect(await emulators.exited).toEqual({ code: 0, signal: null, stderr: '' });
  });

  test('follows a parent that is killed', async () => {
    const dataDir = await temporaryFolder();
    const script = `
      const { startEmulators } = await import(${JSON.stringify(START)});
      const options = { kinesisPort: 0, s3Port: 0, dataDir: ${JSON.stringify(dataDir)} };
      console.log(JSON.stringify(await startEmulators(options)));`;
    const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script];
    const parent = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(parent.stdout, 'data');
    const { pid, s3Url } = JSON.parse(String(line));
    expect(await canConnect('127.0.0.1', Number(new URL(s3Url).port))).toBe(true);

    parent.kill('SIGKILL');
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  });
});

function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
