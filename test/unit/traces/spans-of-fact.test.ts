import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../lib/event/fact.ts';
import { attemptSpanId, endSpanId, receiptSpanId } from '../../../lib/event/span-id.ts';
import { type SpanSource, spansOf } from '../../../lib/traces/spans-of-fact.ts';
import { decodeTraces } from '../../support/otlp/decode-traces.ts';
import {
  deadLetteredFact,
  deferredFact,
  deliveredFact,
  receivedFact,
} from '../../support/sample-facts.ts';

const AT = '2026-01-01T00:00:00.000Z';
const at = (ms: number) => new Date(Date.parse(AT) + ms).toISOString();
const SOURCE: SpanSource = {
  resource: resourceFromAttributes({ 'service.name': 'test' }),
  streamName: 'journal',
  target: { host: 'api.example.com', port: 443 },
};
const PARENT = '00f067aa0ba902b7';
const KIND = { server: 2, client: 3, producer: 4, consumer: 5 };
const ERROR = 2;
const traceId = 'a'.repeat(32);
const receipt = receiptSpanId({ eventId: 'e', traceId, receivedAt: AT });
const failed = (ms: number) => ({
  ...{ at: at(ms), ms: 20, outcome: 'unavailable' as const, status: 503, error: 'HTTP_503: busy' },
});
const succeeded = (ms: number) => ({
  ...{ at: at(ms), ms: 30, outcome: 'delivered' as const, status: 200 },
});

/** As a collector reads them. */
function exported(fact: Fact) {
  const bytes = ProtobufTraceSerializer.serializeRequest(spansOf(fact, SOURCE));
  return decodeTraces(bytes ?? new Uint8Array());
}

const relative = (span: { name: string; startMs: number; endMs: number; parentSpanId: string }) => [
  ...[span.name, span.startMs - Date.parse(AT), span.endMs - Date.parse(AT)],
  span.parentSpanId,
];

describe('spansOf', () => {
  it('makes a receipt the child of the span that the source sent it from', () => {
    const fact = receivedFact({ eventId: 'e', at: AT, keyName: 'shop', requestId: 'r-1' });
    const [span, ...others] = exported({ ...fact, parentSpanId: PARENT, traceFlags: 1 });
    expect(others).toEqual([]);
    expect(span).toMatchObject({
      ...{ traceId, spanId: receipt, parentSpanId: PARENT, name: 'received', kind: KIND.server },
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/events',
        'messaging.system': 'aws.kinesis',
        'messaging.destination.name': 'journal',
        'messaging.message.id': 'e',
        'orchestrator.key.name': 'shop',
        'orchestrator.request.id': 'r-1',
      },
      ...{ links: [], status: { code: 0, message: '' }, resource: { 'service.name': 'test' } },
    });
    // Sampled; it is known that the parent is remote, and it is (OTLP SpanFlags).
    expect(span?.flags).toBe(0x301);
  });

  it('is the root of a trace that began here', () => {
    expect(exported(receivedFact({ eventId: 'e', at: AT }))).toMatchObject([{ parentSpanId: '' }]);
  });

  it('links a replay to the receipt that is replayed', () => {
    const replayOf = { traceId: 'c'.repeat(32), spanId: PARENT };
    const replay = { runId: 'run', reason: 'why' };
    const [span] = exported({ ...receivedFact({ eventId: 'e' }), replay, replayOf });
    expect(span).toMatchObject({
      ...{ kind: KIND.producer, parentSpanId: '', links: [replayOf] },
      attributes: { 'orchestrator.run.id': 'run' },
    });
    expect(span?.attributes).not.toHaveProperty('http.request.method');
  });

  it('makes of a delivery its wait, its attempts, and the whole of them', () => {
    const fact = deliveredFact({
      ...{ eventId: 'e', at: at(200), receivedAt: AT },
      attempts: [failed(50), succeeded(100)],
    });
    const spans = exported(fact);
    const end = endSpanId(fact, 'delivered');
    expect(spans.map(relative)).toEqual([
      ['queue', 0, 50, receipt],
      ['delivered', 50, 200, receipt],
      ['attempt', 50, 70, end],
      ['attempt', 100, 130, end],
    ]);
    expect(spans.map(({ spanId }) => spanId)).toEqual([
      ...[endSpanId(fact, 'queue'), end],
      ...[attemptSpanId(fact, at(50)), attemptSpanId(fact, at(100))],
    ]);
    expect(spans.map(({ kind }) => kind)).toEqual([5, 5, 3, 3]);
    expect(spans[2]).toMatchObject({
      status: { code: ERROR, message: 'HTTP_503: busy' },
      attributes: {
        ...{ 'http.request.method': 'POST', 'http.response.status_code': 503 },
        ...{ 'server.address': 'api.example.com', 'server.port': 443 },
        ...{ 'graphql.operation.type': 'mutation', 'error.type': 'unavailable' },
      },
    });
    expect(spans[3]).toMatchObject({
      status: { code: 0 },
      attributes: { 'orchestrator.outcome': 'delivered' },
    });
  });

  it('gives an attempt once: with the first fact that has it', () => {
    const deferred = deferredFact({
      ...{ eventId: 'e', at: at(100), receivedAt: AT, attempts: [failed(10), failed(50)] },
    });
    const delivered = deliveredFact({
      ...{ eventId: 'e', at: at(60_200), receivedAt: AT, deferral: 1, carriedAttempts: 2 },
      attempts: [failed(10), failed(50), succeeded(60_100)],
    });
    const names = (fact: Fact) =>
      exported(fact).map(({ name, startMs }) => [name, startMs - Date.parse(AT)]);
    expect(names(deferred)).toEqual([
      ['queue', 0],
      ['deferred', 10],
      ['attempt', 10],
      ['attempt', 50],
    ]);
    expect(names(delivered)).toEqual([
      ['delivered', 60_100],
      ['attempt', 60_100],
    ]);
    // The return itself: its facts are those around it.
    expect(exported(receivedFact({ eventId: 'e', at: AT, deferral: 1 }))).toEqual([]);
  });

  it('shows the error that parked or ended an event', () => {
    const error = { code: 'BAD_USER_INPUT', message: 'name is unknown', status: 422 };
    const dead = exported(deadLetteredFact({ eventId: 'e', at: at(100), receivedAt: AT, error }));
    expect(dead.find(({ name }) => name === 'deadLettered')).toMatchObject({
      status: { code: ERROR, message: 'BAD_USER_INPUT: name is unknown' },
      attributes: { 'orchestrator.reason': 'rejected', 'error.type': 'BAD_USER_INPUT' },
    });
    const until = at(60_000);
    const deferred = exported(deferredFact({ eventId: 'e', receivedAt: AT, until }));
    expect(deferred.find(({ name }) => name === 'deferred')).toMatchObject({
      status: { code: ERROR, message: 'HTTP_503: try later' },
      attributes: { 'orchestrator.until': until },
    });
  });

  it('holds nothing of the payload', () => {
    const payload = { id: 'e', name: 'secret-name', body: 'secret-body', timestamp: 1 };
    for (const fact of [
      receivedFact({ eventId: 'e', payload }),
      deadLetteredFact({ eventId: 'e', payload }),
    ])
      expect(JSON.stringify(exported(fact))).not.toContain('secret');
  });

  it('has no parent where a fact does not tell when the event was received', () => {
    const spans = exported(deliveredFact({ eventId: 'e', at: at(100), attempts: [succeeded(20)] }));
    expect(spans.map(relative)).toEqual([
      ['delivered', 20, 100, ''],
      ['attempt', 20, 50, spans[0]?.spanId],
    ]);
  });

  it('has no wait where the first attempt may be cut off', () => {
    const attempts = Array.from({ length: 10 }, (_, index) => failed(index));
    const names = exported(deadLetteredFact({ eventId: 'e', receivedAt: AT, attempts })).map(
      ({ name }) => name,
    );
    expect(names).not.toContain('queue');
    expect(names).toHaveLength(11);
  });

  it.each(['', '0'.repeat(32), 'A'.repeat(32), 'abc'])('is empty for the trace id %j', (id) => {
    expect(spansOf(receivedFact({ eventId: 'e', traceId: id }), SOURCE)).toEqual([]);
  });

  it('is empty for a dismissal', () => {
    const fact: Fact = { v: 1, type: 'dismissed', eventId: 'e', at: AT, traceId, reason: 'why' };
    expect(spansOf(fact, SOURCE)).toEqual([]);
  });

  it('gives spans that can be sent for any content of a fact', () => {
    const members = fc.record(
      {
        ...{ parentSpanId: fc.jsonValue(), traceFlags: fc.jsonValue(), replayOf: fc.jsonValue() },
        ...{ replay: fc.jsonValue(), deferral: fc.jsonValue(), receivedAt: fc.jsonValue() },
        ...{ carriedAttempts: fc.jsonValue(), error: fc.jsonValue(), keyName: fc.jsonValue() },
        ...{ until: fc.jsonValue(), reason: fc.jsonValue(), payload: fc.jsonValue() },
        attempts: fc.oneof(
          fc.jsonValue(),
          fc.array(
            fc.record(
              {
                at: fc.constantFrom(AT, 'then'),
                ms: fc.jsonValue(),
                outcome: fc.jsonValue(),
                status: fc.jsonValue(),
                error: fc.jsonValue(),
              },
              { requiredKeys: [] },
            ),
          ),
        ),
      },
      { requiredKeys: [] },
    );
    const types = fc.constantFrom('received', 'deferred', 'delivered', 'deadLettered', 'dismissed');
    fc.assert(
      fc.property(types, members, (type, others) => {
        const fact = { v: 1, type, eventId: 'e', at: AT, traceId, ...others } as unknown as Fact;
        for (const span of exported(fact)) expect(span.endMs).toBeGreaterThanOrEqual(span.startMs);
      }),
    );
  });

  it('is what the OTLP JSON of the same spans says', () => {
    const fact = deliveredFact({
      eventId: 'é',
      at: at(9),
      receivedAt: AT,
      attempts: [failed(1), succeeded(2)],
    });
    const spans = spansOf(fact, SOURCE);
    const json = JSON.parse(
      Buffer.from(JsonTraceSerializer.serializeRequest(spans) ?? '').toString(),
    );
    const theirs = json.resourceSpans[0].scopeSpans[0].spans.map(
      (span: Record<string, string>) => ({
        ...{ traceId: span.traceId, spanId: span.spanId, parentSpanId: span.parentSpanId },
        ...{ name: span.name, kind: span.kind },
        startMs: Number(BigInt(span.startTimeUnixNano ?? 0) / 1_000_000n),
      }),
    );
    expect(exported(fact)).toMatchObject(theirs);
  });
});
