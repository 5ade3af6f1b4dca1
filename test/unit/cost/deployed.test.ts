import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeFact } from '../../../lib/event/encode.ts';
import { assumed, DEPLOYED } from '../../../scripts/cost/assumptions.ts';

const ROOT = join(import.meta.dirname, '../../..');
const read = (path: string) => readFile(join(ROOT, 'terraform', path), 'utf8');

describe('what the model takes from Terraform', () => {
  it.each([
    ['variables.tf', `rate_per_second = ${DEPLOYED.apiThrottlePerSecond},`],
    ['variables.tf', `memory_hours = ${DEPLOYED.statusMemoryHours},`],
    [
      'main.tf',
      `facts/", tiers = { STANDARD_IA = ${DEPLOYED.factsInfrequentDays}, GLACIER_IR = ${DEPLOYED.factsGlacierDays} }`,
    ],
    ['main.tf', `curated/", tiers = { STANDARD_IA = ${DEPLOYED.curatedInfrequentDays} }`],
  ])('stands in %s: %s', async (file, text) => {
    expect(await read(file)).toContain(text);
  });

  it.each([
    ['curated_buffer_seconds', DEPLOYED.curatedBufferSeconds],
    ['log_retention_days', DEPLOYED.logRetentionDays],
  ])('is the default of %s: %d', async (name, value) => {
    const [, block = ''] = (await read('variables.tf')).split(`variable "${name}" {`);
    expect(/default\s+= (\d+)/.exec(block)?.[1]).toBe(String(value));
  });

  it('is the curated delivery’s buffer', async () => {
    expect(await read('modules/archive/main.tf')).toMatch(
      new RegExp(`mib\\s+= ${DEPLOYED.curatedBufferMib}\\s`),
    );
  });

  it('counts the alarms', async () => {
    const alarms = await read('modules/observability/alarms.tf');
    // Two are made for each of two deliveries, two for each function, one for each consumer.
    const described = alarms.match(/description = /g)?.length ?? 0;
    const repeated = DEPLOYED.alarmsPerFunction + DEPLOYED.alarmsPerConsumer + 2;
    // dispatch-idle is paid for by its metrics.
    const [, idle = ''] = alarms.split('resource "aws_cloudwatch_metric_alarm" "dispatch_idle"');
    const ofIdle = idle.match(/namespace = "AWS/g)?.length ?? 0;
    expect(described - repeated + 2 * 2 + ofIdle).toBe(DEPLOYED.alarmsOfTheSystem);
  });
});

describe('the assumed size of facts', () => {
  const head = {
    v: 1,
    eventId: '0b4e1f0c-6f3a-4a57-9f0e-6f3a4a579f0e',
    at: '2026-01-01T00:00:00.000Z',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  } as const;

  it('is about that of the facts that are written', () => {
    const received = encodeFact({
      ...head,
      type: 'received',
      keyName: 'shop',
      requestId: 'JKJaXmPLvHcESHA=',
      payload: {},
    });
    const delivered = encodeFact({
      ...head,
      type: 'delivered',
      attempts: [{ at: head.at, ms: 123, outcome: 'delivered', status: 200 }],
      queuedMs: 1234,
      dispatchMs: 123,
    });
    const off = (bytes: number, expected: number) => Math.abs(bytes - expected) / expected;
    expect(off(received.length - 2, assumed('receivedOverheadBytes'))).toBeLessThan(0.1);
    expect(off(delivered.length, assumed('deliveredFactBytes'))).toBeLessThan(0.1);
  });
});
