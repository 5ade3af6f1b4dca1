import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';

/** The folder for pictures of the console; `undefined` unless `SCREENSHOTS` names one. */
export const PICTURES = process.env.SCREENSHOTS;

const EVENTS_PER_SECOND = 40;

/** Sends events until it is stopped, one in 200 of which the target rejects, so that pictures show a busy pipeline. */
export function sendMeanwhile(
  post: (id: string, name: string) => Promise<void>,
): () => Promise<void> {
  let isStopped = false;
  const sending = (async () => {
    for (let n = 0; !isStopped; n++) {
      await post(`order-${1000 + n}`, n % 200 === 50 ? 'order.bad' : 'order.placed');
      await delay(1000 / EVENTS_PER_SECOND);
    }
  })();
  return () => {
    isStopped = true;
    return sending;
  };
}

/** Keeps a picture of a page as a run in the default folder would show it. */
export async function keepPicture(page: Page, name: string, dataDir: string): Promise<void> {
  if (PICTURES === undefined) return;
  await page.evaluate(`{
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode;
      text.data = text.data.replaceAll(' --data-dir ${dataDir}', '').replaceAll('${dataDir}', '.orchestrator');
    }
  }`);
  await page.screenshot({ path: join(PICTURES, `console-${name}.png`) });
}
