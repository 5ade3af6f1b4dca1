import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { AuditReport } from '../../lib/replay/audit.ts';
import type { Family } from '../support/exposition.ts';
import { parseExposition, sampleOf } from '../support/exposition.ts';
import { operate, send, start, stop } from '../support/operator.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

async function scrape(url: string): Promise<Map<string, Family>> {
  return parseExposition(await (await fetch(url)).text());
}

it('counts at /metrics what the audit counts, while nothing fails', async () => {
  const folder = await temporaryFolder('metrics');
  const dataDir = join(folder, 'data');
  const run = await start(dataDir);
  const ids = await send(dataDir, 300, join(folder, 'acked.txt'), 150);
  const { metrics } = run.endpoints;
  let report: AuditReport | undefined;
  await waitUntil('the archive of all ended events', async () => {
    ({ answer: report } = await operate<AuditReport>('audit', dataDir, []));
    const { received, delivered } = report.events;
    return received >= ids.length && delivered === received && report.unarchived.facts === 0;
  });
  const delivered = report?.events.delivered ?? 0;
  // A batch writes its line when it ends, after its last fact.
  await waitUntil('the line of the last batch', async () => {
    return sampleOf(await scrape(metrics), 'orchestrator_delivered_total') === delivered;
  });
  const families = await scrape(metrics);
  const values = (name: string, labels = {}) => sampleOf(families, `orchestrator_${name}`, labels);
  expect({
    accepted: values('accepted_total'),
    acceptTimes: values('accept_time_seconds_count'),
    attempts: values('attempts_total', { outcome: 'delivered' }),
    deliveryTimes: values('delivery_time_seconds_count'),
    queueTimes: values('queue_time_seconds_count'),
  }).toEqual({
    accepted: ids.length,
    acceptTimes: ids.length,
    attempts: delivered,
    deliveryTimes: delivered,
    queueTimes: delivered,
  });
  expect(values('calls_total')).toBe(values('call_time_seconds_count'));
  expect([values('deferred_total'), values('throttled_total')]).toEqual([0, 0]);
  expect([values('parked'), values('spill_left'), values('target_not_well')]).toEqual([0, 0, 0]);
  expect(values('rate_allowed_per_second')).toBe(200);
  expect((await stop(run)).code).toBe(0);
});
