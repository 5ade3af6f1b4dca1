import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SETTINGS_FILE } from '../../scripts/settings-file.ts';
import { launchChromium, noChromium } from '../support/chromium.ts';
import { keepPicture, PICTURES, sendMeanwhile } from '../support/console-pictures.ts';
import { type RunningStart, startLocalRun } from '../support/start-process.ts';
import { type SwitchableTarget, startSwitchableTarget } from '../support/switchable-target.ts';
import { waitUntil } from '../support/wait-until.ts';

const missing = noChromium();
if (missing) console.log(missing);

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Markup, a bidirectional control and a quote, as far as an id may hold them. */
const HOSTILE_ID = `<img src=x onerror="alert(1)">\u202egnp'`;
const SHOWN_ID = `<img src=x onerror="alert(1)">\\u202egnp'`;

/** A target's message may hold anything. */
const HOSTILE_MESSAGE = '<script>alert(2)</script>\u001b[31mred\u001b]0;title\u0007';

const PAGES = [
  'flow',
  'events',
  `events?id=${encodeURIComponent(HOSTILE_ID)}`,
  'failures',
  'rate',
  'audit',
];

describe.skipIf(missing !== undefined)('the console in a browser', () => {
  let folder: string;
  let dataDir: string;
  let stopSending: () => Promise<void> = async () => undefined;
  let target: SwitchableTarget;
  let run: RunningStart;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orchestrator-console-'));
    dataDir = join(folder, 'data');
    target = await startSwitchableTarget();
    const settings = join(folder, 'settings.json');
    const shared = JSON.parse(await readFile(SETTINGS_FILE, 'utf8'));
    await writeFile(settings, JSON.stringify({ ...shared, parking_delay_seconds: 1 }));
    const flags = ['--archive-seconds', '1', '--rate', '100', '--recover-seconds', '1'];
    [run, browser] = await Promise.all([
      startLocalRun(dataDir, [...[...flags, '--target-url', target.url, '--settings', settings]]),
      launchChromium(),
    ]);
    target.behaviour.rejectedName = 'order.bad';
    target.behaviour.rejection = HOSTILE_MESSAGE;
    await Promise.all([post(HOSTILE_ID, 'order.bad'), post('bad-2', 'order.bad')]);
    for (let n = 0; n < 30; n++) await post(`good-${n}`, 'order.placed');
    page = await openPage({ colorScheme: 'light', width: 1280 });
  }, 60_000);

  afterAll(async () => {
    await stopSending();
    await browser?.close();
    run?.killGroup('SIGTERM');
    await run?.exited;
    await target?.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  afterEach(() => expect(problems.splice(0)).toEqual([]));

  async function post(id: string, name: string): Promise<void> {
    const { api, apiKey } = run.endpoints;
    const response = await fetch(`${api}/events`, {
      method: 'POST',
      headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
      body: JSON.stringify({ id, name, body: '<b>bold</b>', timestamp: 1_767_225_600 }),
    });
    expect(response.status).toBe(202);
  }

  /** A page whose errors, dialogs and requests to elsewhere fail the test. */
  async function openPage(look: { colorScheme: 'light' | 'dark'; width: number }): Promise<Page> {
    const { colorScheme, width } = look;
    const opened = await browser.newPage({ colorScheme, viewport: { width, height: 800 } });
    opened.setDefaultTimeout(15_000);
    opened.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
    });
    opened.on('pageerror', (error) => problems.push(String(error)));
    opened.on('dialog', (dialog) => {
      problems.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    opened.on('request', (request) => {
      if (!request.url().startsWith(run.endpoints.console)) problems.push(request.url());
    });
    return opened;
  }

  const open = (path: string) => page.goto(`${run.endpoints.console}/#/${path}`);
  const see = (text: string | RegExp) => page.getByText(text).first().waitFor();
  const press = (name: string | RegExp) => page.getByRole('button', { name }).click();

  it('shows the flow of a running pipeline, as numbers and as a picture', async () => {
    await open('flow');
    const picture = page.getByRole('img');
    await picture.waitFor();
    await waitUntil('all to be counted', async () => {
      const words = (await picture.getAttribute('aria-label')) ?? '';
      return /Target: 30 delivered/.test(words) && /Dead letters: 2 , open/.test(words);
    });
    expect(await picture.getAttribute('aria-label')).toMatch(/API: [\d.]+ in\/s, 32 received/);
    await see('rejected 2');
  });

  it('shows an event with markup and control characters in it as plain text', async () => {
    await open('events');
    await page.getByLabel('Name contains').fill('order.bad');
    await press('Search');
    await see('2 events fit');
    await page.getByRole('link', { name: SHOWN_ID }).click();
    await see('It is dead-lettered');
    const body = await page.locator('main').innerText();
    expect(body).toContain(SHOWN_ID);
    expect(body).toContain('<script>alert(2)</script>\\u001b[31mred\\u001b]0;title\\u0007');
    expect(body).toContain('Attempt 1: rejected');
    expect(body).toContain('npm run replay -- ');
    expect(body).not.toContain('\u202e');
    await waitUntil('the payload', async () =>
      (await page.locator('.payload').innerText()).includes('"body": "<b>bold</b>"'),
    );
    expect(await page.locator('main img, main script').count()).toBe(0);
  });

  it('shows an outage as it begins and as it ends', async () => {
    await open('flow');
    await page.getByRole('img').waitFor();
    target.behaviour.isDown = true;
    for (let n = 0; n < 25; n++) await post(`late-${n}`, 'order.placed');
    await see(/The target is sick.*503/);
    target.behaviour.isDown = false;
    await page.locator('.notice', { hasText: 'sick' }).waitFor({ state: 'detached' });
    await waitUntil('what was late', () => target.created.length === 55, 30_000);
  });

  it('sends a dead letter again to a target that was mended', async () => {
    target.behaviour.rejectedName = undefined;
    await open('failures');
    await page.getByRole('checkbox').first().check();
    await waitUntil('the archive to hold both', async () => {
      await press('Plan a replay');
      await see(/events would be sent again/);
      return (await page.locator('.plan').innerText()).includes('2 events would be sent again');
    });
    expect(target.created).not.toContain(HOSTILE_ID);
    await page.getByLabel('Reason, kept').fill('target <mended>');
    await press('Send 2 events again');
    await see('All is in the journal again');
    await see('No dead letter is open.');
    await waitUntil('the event at the target', () => target.created.includes(HOSTILE_ID));
    await open(PAGES[2] ?? '');
    await see('target <mended>');
    await see('The target has it.');
  });

  it('pauses and resumes deliveries', async () => {
    await open('rate');
    await press('Pause deliveries');
    await page.getByRole('button', { name: 'Resume deliveries' }).waitFor();
    await post('waits', 'order.placed');
    await open('flow');
    await see('Dispatch is paused');
    await page.getByRole('img', { name: /Journal: [1-9]/ }).waitFor();
    expect(target.created).not.toContain('waits');
    await open('rate');
    await press('Resume deliveries');
    await page.getByRole('button', { name: 'Pause deliveries' }).waitFor();
    await waitUntil('the event that waited', () => target.created.includes('waits'));
  });

  it('runs an audit', async () => {
    await open('audit');
    await waitUntil('the audit to hold', async () => {
      await press('Run the audit');
      await page.getByText('Verdict').waitFor();
      return (await page.locator('main').innerText()).includes('Verdict: holds');
    });
    await see('Witnesses besides the archive');
  });

  it('is used with the keyboard alone', async () => {
    await open('flow');
    await page.reload();
    await page.getByRole('img').waitFor();
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to content');
    for (let n = 0; n < 2; n++) await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Events');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Events' }).waitFor();
    expect(await focused(page)).toBe('Events');
  });

  it.runIf(PICTURES !== undefined)('is busy for pictures', async () => {
    target.behaviour.rejectedName = 'order.bad';
    target.behaviour.rejection = 'name: no product of that kind';
    stopSending = sendMeanwhile(post);
    await new Promise((resolve) => setTimeout(resolve, 40_000));
  });

  it.each([
    { colorScheme: 'light', width: 1280 },
    { colorScheme: 'dark', width: 1280 },
    { colorScheme: 'light', width: 390 },
    { colorScheme: 'dark', width: 390 },
  ] as const)('has no barrier on a page in $colorScheme, $width pixels wide', async (look) => {
    const looked = await openPage(look);
    for (const path of PAGES) {
      await looked.goto(`${run.endpoints.console}/#/${path}`);
      await looked.locator('main h1, main h2').last().waitFor();
      await looked.waitForTimeout(path === 'flow' || path === 'rate' ? 800 : 300);
      expect(await barriersOf(looked), path).toEqual([]);
      expect(await looked.evaluate(WIDER_THAN_PAGE), `${path} scrolls sideways`).toEqual([]);
      const name = path.includes('?') ? 'event' : path;
      await keepPicture(looked, `${name}-${look.colorScheme}-${look.width}`, dataDir);
    }
    await looked.close();
  });
});

/** Elements that make the page scroll sideways. */
const WIDER_THAN_PAGE = `document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll('body *')]
    .filter((one) => one.getBoundingClientRect().right > innerWidth && !one.closest('.table-scroll *, pre *'))
    .map((one) => one.outerHTML.slice(0, 200))`;

const focused = (page: Page) =>
  page.evaluate('document.activeElement.textContent') as Promise<string>;

async function barriersOf(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(AXE, 'utf8'));
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
  return violations.map(
    ({ id, help, nodes }) => `${id}: ${help} (${nodes.map(({ html }) => html).join(', ')})`,
  );
}
