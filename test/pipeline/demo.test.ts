import { expect, it } from 'vitest';
import type { DemoReport } from '../../scripts/demo/report.ts';
import { runCommand } from '../support/start-process.ts';

it('the demo accounts for every event, and says so to machines', async () => {
  const { code, stdout, stderr } = await runCommand('demo', ['--json']);
  expect(stderr).toBe('');
  const report = JSON.parse(stdout) as DemoReport;
  expect(report).toMatchObject({
    ok: true,
    accepted: 600,
    archived: 600,
    duplicatesAtTarget: 0,
    violations: {},
    archive: { damaged: [] },
  });
  expect(report.delivered + report.deadLettered).toBe(600);
  expect(report.target.failed).toBeGreaterThan(0);
  expect(report.life.lines.length).toBeGreaterThanOrEqual(4);
  expect(code).toBe(0);
});
