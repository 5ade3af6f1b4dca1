import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFact } from '../../../lib/event/decode.ts';
import { encodeFact, payloadOf, VerbatimPayload } from '../../../lib/event/encode.ts';
import type { ReceivedFact } from '../../../lib/event/fact.ts';

function received(payload: unknown): ReceivedFact {
  const traceId = 'a'.repeat(32);
  return { v: 1, type: 'received', eventId: 'e', at: '2026-01-01T00:00:00.000Z', traceId, payload };
}

describe('encodeFact', () => {
  it('writes the payload as the source sent it: number forms, key order and escapes', () => {
    const json = '{ "b": 1.0,\n\t"a": 12345678901234567890, "s": "two  \\n \\" spaces" }';
    const line = Buffer.from(encodeFact(received(new VerbatimPayload(json)))).toString();
    expect(line).toContain(
      '"payload":{"b":1.0,"a":12345678901234567890,"s":"two  \\n \\" spaces"}',
    );
  });

  it('writes the payload last, also of a fact that was put together in another order', () => {
    const attempts = [
      { at: '2026-01-01T00:00:00.000Z', ms: 1, outcome: 'unknown' as const, status: 500 },
    ];
    const { payload, ...rest } = received({ n: 1 });
    const parked = { ...rest, payload, mayRepeat: true as const, deferral: 2, attempts };
    const text = Buffer.from(encodeFact(parked)).toString();
    expect(payloadOf(text)?.json).toBe('{"n":1}');
    expect(decodeFact(text)).toEqual({ valid: true, fact: parked });
  });

  it('stays on one line and loses nothing, whatever the payload and however it was laid out', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2, '\t'), (payload, indent) => {
        const data = encodeFact(
          received(new VerbatimPayload(JSON.stringify(payload, null, indent))),
        );
        expect(data.includes(10)).toBe(false);
        const decoding = decodeFact(data);
        expect(decoding.valid && (decoding.fact as ReceivedFact).payload).toEqual(
          JSON.parse(JSON.stringify(payload)),
        );
      }),
    );
  });
});

const COMMON = '"eventId":"e","at":"2026-01-01","traceId":""';
const RECEIVED = `{"v":1,"type":"received",${COMMON}`;
const DEFERRED = `{"v":1,"type":"deferred",${COMMON}`;

describe('decodeFact', () => {
  it.each([
    ['bytes that are not JSON', '{"v":1', 'not JSON'],
    ['a JSON array', '[]', 'not a JSON object'],
    ['another schema version', '{"v":2}', 'schema version 2'],
    ['an unknown type', '{"v":1,"type":"lost"}', 'type "lost"'],
    ['no event id', '{"v":1,"type":"received"}', 'eventId'],
    ['no time', '{"v":1,"type":"received","eventId":"e","at":"then"}', 'at'],
    ['a deferral that is no number', `${RECEIVED},"deferral":"1"}`, 'deferral'],
    ['a deferral below 1', `${RECEIVED},"deferral":0}`, 'deferral'],
    ['a deferred fact without a deferral', `${DEFERRED},"until":"2026-01-01"}`, 'deferral'],
    ['a deferred fact without a due time', `${DEFERRED},"deferral":1}`, 'until'],
  ])('says what is wrong with %s', (_, text, detail) => {
    expect(decodeFact(text)).toEqual({ valid: false, detail: expect.stringContaining(detail) });
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.uint8Array(), (data) => typeof decodeFact(data).valid === 'boolean'));
  });
});

describe('payloadOf', () => {
  it('finds the payload as it was written, whatever the other members hold', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (eventId, payload) => {
        const json = JSON.stringify({ payload, trap: ',"payload":' });
        const fact = { ...received(new VerbatimPayload(json)), eventId };
        const encoded = Buffer.from(encodeFact(fact)).toString();
        expect(payloadOf(encoded)?.json).toBe(json);
      }),
      { examples: [[',"payload":', 1]] },
    );
  });

  it.each(['{}', '{"payload":1}', '{"v":1,"payload":{"a":1},"at":"x"}', 'x'])(
    'gives up on %s',
    (text) => {
      expect(payloadOf(text)).toBeUndefined();
    },
  );
});
