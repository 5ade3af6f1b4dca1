import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPipelineSettings } from '../../../lib/settings.ts';
import { withCostDocs } from '../../../scripts/cost/docs-block.ts';
import { main } from '../../../scripts/cost.ts';
import { SETTINGS_FILE } from '../../../scripts/settings-file.ts';
import { captureOutput } from '../../support/captured-output.ts';

const DOCS = join(import.meta.dirname, '../../../docs/cost.md');
const printed = captureOutput();

describe('npm run cost', () => {
  it('says what the target bounds before any price', async () => {
    expect(await main(['--events-per-day', '1000', '--rate', '10'])).toBe(0);
    expect(printed.text()).toMatch(/^The target takes 10\/s.*\| total /s);
  });

  it('answers 1, and says so first, when more arrive than the target takes', async () => {
    expect(await main(['--events-per-day', '864001', '--rate', '10'])).toBe(1);
    expect(printed.text()).toMatch(/^NOT SUSTAINABLE/);
  });

  it('prints one line of JSON, with every position of every design', async () => {
    await main(['--events-per-day', '1e6', '--event-bytes', '2000', '--timestream', '--json']);
    expect(printed.lines).toHaveLength(1);
    const { workload, designs, region } = JSON.parse(printed.lines[0] ?? '');
    expect(region).toBe('us-east-1');
    expect(workload).toEqual({ eventsPerDay: 1e6, ratePerSecond: 100, eventBytes: 2000 });
    expect(designs.map(({ name }: { name: string }) => name)).toEqual(['journal', 'table', 'bus']);
    expect(JSON.stringify(designs)).toContain('Timestream');
  });

  it.each([
    [[], /--events-per-day N/],
    [['--events-per-day', '0'], /--events-per-day must be a number/],
    [['--events-per-day', '1', '--status-table', 'some'], /--status-table must be all/],
    [['--events-per-day', '1', '--rate', '0'], /--rate must be a number/],
    [['--events-per-day', '1', '--event-bytes', '2.5'], /--event-bytes must be a whole number/],
    [['--events'], /Known flags/],
  ])('refuses %j', async (argv, message) => {
    expect(await main(argv)).toBe(2);
    expect(printed.text()).toMatch(message);
  });
});

describe('docs/cost.md', () => {
  it('holds what the model computes (npm run cost -- --write-docs writes it anew)', async () => {
    const page = await readFile(DOCS, 'utf8');
    expect(page).toBe(withCostDocs(page, await readPipelineSettings(SETTINGS_FILE)));
  });

  it('is refused without its markers', async () => {
    const settings = await readPipelineSettings(SETTINGS_FILE);
    expect(() => withCostDocs('# What it costs', settings)).toThrow(/must hold the lines/);
  });
});
