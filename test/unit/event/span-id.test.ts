import { describe, expect, it } from 'vitest';
import {
  attemptSpanId,
  endSpanId,
  receiptSpanId,
  replayTraceId,
} from '../../../lib/event/span-id.ts';
import { deliveredFact } from '../../support/sample-facts.ts';

const AT = '2026-01-01T00:00:00.000Z';
const LATER = '2026-01-01T00:00:00.001Z';
const receipt = { eventId: 'e', traceId: 'a'.repeat(32), receivedAt: AT };
const replay = { runId: 'r', reason: 'why' };

describe('the ids of spans', () => {
  it('differ for each part that identifies a fact', () => {
    const fact = deliveredFact({ eventId: 'e', at: AT });
    const ids = [
      receiptSpanId(receipt),
      receiptSpanId({ ...receipt, eventId: 'f' }),
      receiptSpanId({ ...receipt, traceId: 'b'.repeat(32) }),
      receiptSpanId({ ...receipt, receivedAt: LATER }),
      receiptSpanId({ ...receipt, replay }),
      attemptSpanId(receipt, AT),
      attemptSpanId(receipt, LATER),
      attemptSpanId({ ...receipt, replay }, AT),
      endSpanId(fact, 'delivered'),
      endSpanId(fact, 'queue'),
      endSpanId({ ...fact, deferral: 1 }, 'delivered'),
      endSpanId({ ...fact, replay }, 'delivered'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
  });

  it('stay as they are: a span that was exported yesterday is the same today', () => {
    expect([receiptSpanId(receipt), attemptSpanId(receipt, AT)]).toMatchInlineSnapshot(`
      [
        "35a41a484ca04de9",
        "beecaf5067a8c4d6",
      ]
    `);
    expect(replayTraceId(receipt, 'r')).toMatchInlineSnapshot(`"820190878c4a38cf6c151477678a535f"`);
  });
});
