import { describe, expect, it } from 'vitest';
import { traceContextOf, traceparentOf } from '../../lib/trace-context.ts';

const W3C = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const XRAY = 'Root=1-5759e988-bd862e3fe1be46a994272793';
const XRAY_ID = '5759e988bd862e3fe1be46a994272793';

describe('traceContextOf', () => {
  it.each([
    ['a sampled W3C trace', { traceparent: `00-${W3C}-${PARENT}-01` }, W3C, PARENT, 1],
    ['one that is not sampled', { traceparent: `00-${W3C}-${PARENT}-00` }, W3C, PARENT, 0],
    ['one of a later version', { traceparent: `01-${W3C}-${PARENT}-03-more` }, W3C, PARENT, 3],
    [
      'W3C before X-Ray',
      { traceparent: `00-${W3C}-${PARENT}-01`, 'x-amzn-trace-id': XRAY },
      W3C,
      PARENT,
      1,
    ],
    [
      'an X-Ray segment',
      { 'x-amzn-trace-id': `${XRAY};Parent=${PARENT};Sampled=0` },
      XRAY_ID,
      PARENT,
      0,
    ],
  ])('continues %s', (_, headers, traceId, parentSpanId, traceFlags) => {
    expect(traceContextOf(headers)).toEqual({ traceId, parentSpanId, traceFlags });
  });

  it('takes an X-Ray root, as API Gateway adds it, without a parent', () => {
    expect(traceContextOf({ 'x-amzn-trace-id': XRAY })).toEqual({ traceId: XRAY_ID });
  });

  it.each([
    ['nothing', {}],
    ['an all-zero trace', { traceparent: `00-${'0'.repeat(32)}-${PARENT}-01` }],
    ['an all-zero parent', { traceparent: `00-${W3C}-${'0'.repeat(16)}-01` }],
    ['version 255', { traceparent: `ff-${W3C}-${PARENT}-01` }],
    ['upper case', { traceparent: `00-${W3C.toUpperCase()}-${PARENT}-01` }],
    ['flags of three digits', { traceparent: `00-${W3C}-${PARENT}-011` }],
    ['rubbish', { traceparent: 'x', 'x-amzn-trace-id': 'y' }],
  ])('makes a new trace of %s', (_, headers) => {
    const context = traceContextOf(headers);
    expect(context).toEqual({ traceId: expect.stringMatching(/^(?!0{32})[0-9a-f]{32}$/) });
    expect(context.traceId).not.toBe(W3C);
  });

  it.each([0, 1, 3, 255])(
    'is carried on in a traceparent that parses again (flags %i)',
    (traceFlags) => {
      const context = { traceId: W3C, parentSpanId: PARENT, traceFlags };
      expect(traceContextOf({ traceparent: traceparentOf(W3C, PARENT, traceFlags) })).toEqual(
        context,
      );
    },
  );

  it('is carried on by a new span, sampled, where neither is known', () => {
    const traceparent = traceparentOf(W3C);
    expect(traceparent).toMatch(new RegExp(`^00-${W3C}-(?!0{16})[0-9a-f]{16}-01$`));
    expect(traceparentOf(W3C)).not.toBe(traceparent);
  });
});
