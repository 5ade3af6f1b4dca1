import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const SCRIPT = join(import.meta.dirname, '../../../scripts/run.mjs');

/** A project of its own with nothing but the script, and an npm that only says that it was called. */
async function project() {
  const root = await temporaryFolder('run-script');
  await mkdir(join(root, 'scripts'));
  await cp(SCRIPT, join(root, 'scripts', 'run.mjs'));
  await writeFile(join(root, 'package-lock.json'), '{}');
  await writeFile(join(root, 'npm.mjs'), "console.log('npm', ...process.argv.slice(2));");
  for (const command of ['hello', 'test'])
    await writeFile(
      join(root, 'scripts', `${command}.ts`),
      "export async function main() {\n  console.log('hello');\n  return 0;\n}\n",
    );
  const run = (command = 'hello') =>
    new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
      const env = { ...process.env, npm_execpath: join(root, 'npm.mjs') };
      const flags = [join(root, 'scripts', 'run.mjs'), command];
      execFile(process.execPath, flags, { cwd: root, env }, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, stdout, stderr }),
      );
    });
  return { root, run };
}

describe('the script behind every command', () => {
  it('installs what is missing', async () => {
    const { run } = await project();
    const { stdout, stderr } = await run();
    expect(stdout).toMatch(/^npm ci --omit=dev .*\nhello\n$/);
    expect(stderr).toContain('Installing');
  });

  it('installs for a maintainer what only maintainers need, beside what is there', async () => {
    const { root, run } = await project();
    expect((await run('test')).stdout).toMatch(/^npm ci --include=dev .*\nhello\n$/);
    await mkdir(join(root, 'node_modules'));
    await writeFile(join(root, 'node_modules', '.package-lock.json'), '{}');
    expect((await run()).stdout).toBe('hello\n');
    expect((await run('test')).stdout).toMatch(/^npm install --no-save --include=dev .*\nhello\n$/);
    await mkdir(join(root, 'node_modules', 'vitest'));
    expect((await run('test')).stdout).toBe('hello\n');
  });

  it('does not install through a link, which would empty the folder behind it', async () => {
    const { root, run } = await project();
    const elsewhere = await temporaryFolder('elsewhere');
    await writeFile(join(elsewhere, 'kept'), '');
    await symlink(elsewhere, join(root, 'node_modules'));
    const { code, stdout, stderr } = await run();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/node_modules is a symbolic link .* remove the link\.\n$/);
    expect(existsSync(join(elsewhere, 'kept'))).toBe(true);
  });

  it('uses what is installed behind a link', async () => {
    const { root, run } = await project();
    const elsewhere = await temporaryFolder('elsewhere');
    await writeFile(join(elsewhere, '.package-lock.json'), '{}');
    await symlink(elsewhere, join(root, 'node_modules'));
    expect(await run()).toMatchObject({ code: 0, stdout: 'hello\n' });
  });
});
