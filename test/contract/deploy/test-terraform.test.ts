import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runCommand } from '../../support/start-process.ts';

/** As on a machine without moto, whatever else it has, and where nobody requires it. */
beforeEach(() => {
  vi.stubEnv('PYTHON', '/no/such/python3');
  vi.stubEnv('REQUIRE_TERRAFORM', '');
});
afterEach(() => vi.unstubAllEnvs());

it('says loudly what is not tested where a tool is missing, and how to get it', async () => {
  const { code, stderr } = await runCommand('test-terraform', []);
  expect(stderr).toContain('SKIPPED: nothing under terraform/ was tested');
  expect(stderr).toContain("/no/such/python3 -m pip install 'moto[server,all]'");
  expect(code).toBe(0);
});

it('fails instead where the tools are required', async () => {
  expect((await runCommand('test-terraform', ['--required'])).code).toBe(1);
});
