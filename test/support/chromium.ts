import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Paths that distributions install it at; `CHROMIUM` names another. */
const PLACES = [
  process.env.CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** The browser of this machine; `undefined` without one. */
const CHROMIUM = PLACES.find((path) => path !== '' && existsSync(path));

/** The reason why tests with a browser do not run here; `undefined` where they do. In CI, its absence is a failure. */
export function noChromium(): string | undefined {
  if (CHROMIUM !== undefined) return undefined;
  const reason =
    'SKIPPED: there is no Chromium here, so the console is not tested in a browser. Install it (Debian: apt-get install chromium), or name it with CHROMIUM.';
  if (process.env.REQUIRE_CHROMIUM === 'true') throw new Error(reason);
  return reason;
}

/** Starts the browser, without anything that it would do by itself. */
export function launchChromium(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error('there is no Chromium');
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
}
