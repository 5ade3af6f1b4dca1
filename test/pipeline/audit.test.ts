import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { AuditReport } from '../../lib/replay/audit.ts';
import { openStack } from '../../scripts/stack/stack.ts';
import { endAll, operate, send, start, stop } from '../support/operator.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

async function archiveKeys(dataDir: string) {
  const stack = await openStack({ 'data-dir': dataDir });
  const keys: string[] = [];
  for await (const { key } of stack.archive.list('facts/')) keys.push(key);
  return { stack, keys };
}

it('holds at once after the last 202, asks the target, and finds what is done to the archive', async () => {
  const folder = await temporaryFolder('audit');
  const [dataDir, acked] = [join(folder, 'data'), join(folder, 'acked.txt')];
  const run = await start(dataDir);
  const audit = (...flags: string[]) => operate<AuditReport>('audit', dataDir, flags);

  const known = await send(dataDir, 60, acked);
  expect(await audit('--acked', acked)).toMatchObject({
    code: 0,
    answer: { verdict: 'holds', offences: { missing: 0 }, acked: known.length },
  });

  const ids = await endAll(dataDir, known);
  expect(await audit('--sample', '10')).toMatchObject({
    code: 0,
    answer: { verdict: 'holds', sampled: { asked: 10, found: 10 } },
  });

  const { stack, keys } = await archiveKeys(dataDir);
  const [first = '', second = ''] = keys;
  const body = await stack.archive.get(first);
  if (!body) throw new Error(`${first} is gone`);
  const contentType = 'application/octet-stream';
  await stack.archive.put(first, body.subarray(0, body.byteLength - 10), { contentType });
  const cut = await audit();
  expect(cut).toMatchObject({ code: 1, answer: { verdict: 'not proven' } });
  expect(cut.answer.damages[0]?.key).toBe(first);
  await stack.archive.put(first, body, { contentType });
  expect(await audit()).toMatchObject({ code: 0, answer: { events: { received: ids.length } } });

  // The journal holds what was in it; it should be in the archive after some seconds.
  await stack.archive.delete(second === '' ? first : second);
  await waitUntil('the journal to show what the archive lacks', async () => {
    const { code, answer } = await audit('--acked', acked);
    expect(answer.offences.missing).toBe(0);
    return code === 1 && answer.verdict === 'not proven' && answer.unarchived.overdue > 0;
  });

  expect((await stop(run)).code).toBe(0);
  const stopped = await audit();
  expect(stopped).toMatchObject({ code: 1, answer: { verdict: 'not proven', witnesses: [] } });
  stack.close();
}, 240_000);
