import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readArchive } from '../../lib/archive/read-facts.ts';
import { createS3Client } from '../../lib/aws/s3-client.ts';
import { createS3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import { IDENTITY } from '../../scripts/local/layout.ts';
import { runCommand, startLocalRun } from '../support/start-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** One line for a person, and exit code 2. */
async function expectRefusal(flags: string[], message: RegExp): Promise<void> {
  const { code, stdout, stderr } = await runCommand('start', flags);
  expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(message)]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
}

describe('npm start', () => {
  it('refuses a flag that it does not know', async () => {
    await expectRefusal(['--shard', '2'], /--shard.*--shards/);
  });

  it('refuses a port that is in use', async () => {
    const dataDir = await temporaryFolder('port');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    await expectRefusal(['--base-port', String(port), '--data-dir', dataDir], /port \d+.*in use/);
  });

  it('refuses a folder that it cannot write', async () => {
    const folder = await temporaryFolder('folder');
    const file = join(folder, 'a-file');
    await writeFile(file, '');
    await expectRefusal(
      ['--base-port', '0', '--data-dir', join(file, 'data')],
      /cannot be written/,
    );
  });

  it('refuses what the target cannot do', async () => {
    const dataDir = await temporaryFolder('share');
    const flags = ['--base-port', '0', '--data-dir', dataDir, '--target-error-share', '2'];
    await expectRefusal(flags, /error-share/);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'finishes the batch in hand at %s, flushes the archive and goes on at the next start',
    async (signal) => {
      const dataDir = await temporaryFolder('stop');
      const first = await startLocalRun(dataDir, ['--archive-seconds', '900', '--rate', '50']);
      const sent = await runCommand('send', [
        '--count',
        '100',
        '--rate',
        '200',
        '--data-dir',
        dataDir,
        '--json',
      ]);
      expect(JSON.parse(sent.stdout)).toMatchObject({ accepted: 100 });
      first.killGroup(signal);
      const { code, stderr } = await first.exited;
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('Stopping') });
      expect(existsSync(join(dataDir, 'endpoints.json'))).toBe(false);

      const second = await startLocalRun(dataDir, ['--archive-seconds', '900', '--rate', '50']);
      const client = createS3Client({ endpoint: second.endpoints.s3, identity: IDENTITY });
      const archive = createS3ObjectStore({ client, bucket: second.endpoints.archiveBucket });
      const received = new Set<string>();
      for await (const { lines } of readArchive(archive))
        for (const line of lines) {
          expect(line.kind).toBe('fact');
          if (line.kind === 'fact' && line.fact.type === 'received')
            received.add(line.fact.eventId);
        }
      expect(received.size).toBe(100);
      second.killGroup('SIGTERM');
      expect((await second.exited).code).toBe(0);
    },
  );

  it('ends in time when the target is dead, and keeps every event', async () => {
    const dataDir = await temporaryFolder('dead-target');
    const run = await startLocalRun(dataDir, ['--target-url', 'http://127.0.0.1:9/graphql']);
    const sent = await runCommand('send', [
      '--count',
      '20',
      '--rate',
      '100',
      '--data-dir',
      dataDir,
      '--json',
    ]);
    expect(JSON.parse(sent.stdout)).toMatchObject({ accepted: 20 });
    run.killGroup('SIGTERM');
    expect((await run.exited).code).toBe(0);

    const back = await startLocalRun(dataDir, ['--target-limit', '100']);
    const { waitUntil } = await import('../support/wait-until.ts');
    await waitUntil('all events at the target that came back', async () => {
      const stats = (await (await fetch(`${back.endpoints.target}/stats`)).json()) as {
        items: number;
      };
      return stats.items === 20;
    });
    back.killGroup('SIGTERM');
    expect((await back.exited).code).toBe(0);
  });
});
