import { type ChildProcess, fork, spawn as spawnAlone } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { create, getItem, item, openTarget } from './support/target-client.ts';

const main = fileURLToPath(new URL('../../../local/target/main.ts', import.meta.url));
const execArgv = ['--disable-warning=ExperimentalWarning'];
const children: ChildProcess[] = [];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'target-'));
});

afterEach(async () => {
  await Promise.all(children.splice(0).map(kill));
  await rm(folder, { recursive: true });
});

describe('the target as a process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'closes cleanly on %s without a parent',
    async (signal) => {
      const child = spawnAlone(process.execPath, [...execArgv, main, '--port', '0'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = await once(createInterface(child.stdout), 'line');
      expect(JSON.parse(line)).toMatchObject({ ready: true });
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([0, null]);
    },
  );

  it('outlasts a signal that reaches its parent, too', async () => {
    const target = await start();
    target.child.kill('SIGINT');
    expect((await create(target, 'a')).status).toBe(200);
  });

  it('ends with the parent that forked it', async () => {
    const { child } = await start();
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('keeps what it created when it is killed', async () => {
    const flags = ['--database', join(folder, 'new/items.db'), '--target-limit', '100'];
    const first = await start(flags);
    await create(first, 'a');
    await create(first, 'b');
    await kill(first.child);
    const second = await start(flags);
    expect(await getItem(second, 'b')).toEqual(item('b'));
    expect((await create(second, 'a')).body.errors[0].extensions.code).toBe('ALREADY_EXISTS');
    const stats = await fetch(`${second.url}/stats`);
    expect(await stats.json()).toMatchObject({ items: 2, distinctItems: 2, created: 0 });
  });

  it('exits 2 and says so in one line when its flags are wrong', async () => {
    const { code, stderr } = await fail(['--target-limit', 'fast', '--error-share', '7']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^target: --target-limit must .*; --error-share must .*\n$/);
  });

  it('exits 2 and says so in one line when its port is in use', async () => {
    const { port } = new URL((await openTarget()).url);
    const { code, stderr } = await fail(['--port', port]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^target: .*EADDRINUSE.*\n$/);
  });

  it('exits 2 and names the file when its database is none', async () => {
    const path = join(folder, 'items.db');
    await writeFile(path, 'This is not a database. '.repeat(100));
    const { code, stderr } = await fail(['--database', path]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^target: cannot open the database .*items\.db: .*\n$/);
  });

  it('shows its usage', async () => {
    const child = spawn(['--help']);
    const [usage, [code]] = await Promise.all([text(outputOf(child)), once(child, 'exit')]);
    expect(usage).toContain('--target-limit');
    expect(code).toBe(0);
  });
});

function spawn(flags: string[]): ChildProcess {
  const child = fork(main, ['--port', '0', ...flags], { execArgv, silent: true });
  children.push(child);
  return child;
}

async function start(flags: string[] = []) {
  const child = spawn(flags);
  const [{ ready, url }] = await once(child, 'message');
  expect(ready).toBe(true);
  return { child, url: url as string, graphqlUrl: `${url}/graphql` };
}

async function fail(flags: string[]) {
  const child = spawn(flags);
  if (!child.stderr) throw new Error('the child has no stderr');
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return { code, stderr };
}

function outputOf(child: ChildProcess) {
  if (!child.stdout) throw new Error('the child has no stdout');
  return child.stdout;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
