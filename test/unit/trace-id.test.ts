import { describe, expect, it } from 'vitest';
import { traceIdOf, traceparentOf } from '../../lib/trace-id.ts';

const W3C = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('traceIdOf', () => {
  it('continues a W3C trace', () => {
    expect(traceIdOf({ traceparent: `00-${W3C}-00f067aa0ba902b7-01` })).toBe(W3C);
  });

  it('takes the X-Ray root when there is no W3C trace', () => {
    const header = 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1';
    expect(traceIdOf({ 'x-amzn-trace-id': header })).toBe('5759e988bd862e3fe1be46a994272793');
  });

  it.each([
    ['nothing', {}],
    ['an all-zero trace', { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` }],
    ['rubbish', { traceparent: 'x', 'x-amzn-trace-id': 'y' }],
  ])('makes a new id of %s', (_, headers) => {
    expect(traceIdOf(headers)).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
  });

  it('is carried on in a traceparent that parses again', () => {
    expect(traceIdOf({ traceparent: traceparentOf(W3C) })).toBe(W3C);
  });
});
