import { describe, expect, it } from 'vitest';
import type { SendOutcome } from '../../../lib/traces/collector.ts';
import {
  EXPORT_MAX_MS,
  MAX_KEPT,
  SPANS_PER_REQUEST,
  SpanExporter,
} from '../../../lib/traces/span-exporter.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createTestLog } from '../../support/test-log.ts';

type Spans = Parameters<SpanExporter['export']>[0];

const spansNamed = (...names: string[]) => names.map((name) => ({ name })) as Spans;
const many = (count: number) =>
  spansNamed(...Array.from({ length: count }, (_, index) => String(index)));
const TAKEN: SendOutcome = { kind: 'taken', rejected: 0, detail: undefined };
const DOWN: SendOutcome = { kind: 'later', detail: 'ECONNREFUSED' };

function openExporter(respond: (spans: Spans) => SendOutcome | Promise<SendOutcome>) {
  const clock = new ManualClock();
  const log = createTestLog();
  const sent: string[][] = [];
  const exporter = new SpanExporter({
    send: async (spans) => {
      sent.push(spans.map(({ name }) => name));
      return respond(spans);
    },
    clock,
    log,
  });
  const send = (spans: Spans) => exporter.export(spans, clock.now() + 60_000);
  return { clock, log, sent, exporter, send };
}

describe('SpanExporter', () => {
  it('exports the spans of a batch, and says nothing', async () => {
    const { send, sent, log } = openExporter(() => TAKEN);
    expect(await send(spansNamed('a', 'b'))).toEqual({ exported: 2, kept: 0, lost: 0 });
    expect(sent).toEqual([['a', 'b']]);
    expect(log.lines).toEqual([]);
  });

  it('makes no request without spans', async () => {
    const { send, sent } = openExporter(() => TAKEN);
    expect(await send([])).toEqual({ exported: 0, kept: 0, lost: 0 });
    expect(sent).toEqual([]);
  });

  it('sends large batches in parts', async () => {
    const { send, sent } = openExporter(() => TAKEN);
    expect(await send(many(2 * SPANS_PER_REQUEST + 1))).toMatchObject({ exported: 4001 });
    expect(sent.map(({ length }) => length)).toEqual([SPANS_PER_REQUEST, SPANS_PER_REQUEST, 1]);
  });

  it('keeps what a collector that is down did not take, and asks it again after growing pauses', async () => {
    const { send, sent, clock, log } = openExporter(() => DOWN);
    expect(await send(spansNamed('a'))).toEqual({ exported: 0, kept: 1, lost: 0 });
    const requestsAtS: number[] = [];
    for (let second = 1; second <= 200; second++) {
      await clock.advance(1000);
      const before = sent.length;
      await send(spansNamed(String(second)));
      if (sent.length > before) requestsAtS.push(second);
    }
    expect(requestsAtS).toEqual([1, 3, 7, 15, 31, 63, 123, 183]);
    expect(log.lines).toHaveLength(1 + requestsAtS.length);
    expect(log.lines[0]).toMatchObject({
      level: 'warn',
      kept: 1,
      lost: 0,
      error: 'ECONNREFUSED',
      pauseMs: 1000,
    });
  });

  it('exports what it kept, oldest first, when the collector is back', async () => {
    let outcome: SendOutcome = DOWN;
    const { send, sent, clock, log } = openExporter(() => outcome);
    await send(spansNamed('a'));
    outcome = TAKEN;
    expect(await send(spansNamed('b'))).toEqual({ exported: 0, kept: 2, lost: 0 });
    await clock.advance(1000);
    expect(await send(spansNamed('c'))).toEqual({ exported: 3, kept: 0, lost: 0 });
    expect(sent.at(-1)).toEqual(['a', 'b', 'c']);
    expect(log.lines.at(-1)).toMatchObject({ level: 'info', message: 'Spans are exported again' });
  });

  it('loses the oldest beyond its bound, and counts them once', async () => {
    const { send, clock, log } = openExporter(() => DOWN);
    await send(many(MAX_KEPT));
    expect(await send(spansNamed('x', 'y'))).toEqual({ exported: 0, kept: MAX_KEPT, lost: 2 });
    expect(log.lines.at(-1)).toMatchObject({ level: 'warn', lost: 2, kept: MAX_KEPT });
    expect(log.lines).toHaveLength(2);
    await clock.advance(500);
    expect(await send([])).toMatchObject({ lost: 0 });
  });

  it('waits for as long as a collector that throttles asks for', async () => {
    const { send, sent, clock } = openExporter(() => ({
      kind: 'later',
      detail: 'status 429',
      waitMs: 5000,
    }));
    await send(spansNamed('a'));
    await clock.advance(4999);
    await send([]);
    expect(sent).toHaveLength(1);
    await clock.advance(1);
    await send([]);
    expect(sent).toHaveLength(2);
  });

  it('gives up spans that are refused, with a line for each batch', async () => {
    const { send, clock, log } = openExporter(() => ({ kind: 'refused', detail: 'status 400' }));
    expect(await send(spansNamed('a', 'b'))).toEqual({ exported: 0, kept: 0, lost: 2 });
    await clock.advance(60_000);
    expect(await send(spansNamed('c'))).toEqual({ exported: 0, kept: 0, lost: 1 });
    expect(log.lines).toMatchObject(Array(2).fill({ level: 'warn', error: 'status 400' }));
  });

  it('counts the spans that a collector rejects of those that it takes', async () => {
    const { send, log } = openExporter(() => ({
      kind: 'taken',
      rejected: 1,
      detail: 'rejected 1',
    }));
    expect(await send(spansNamed('a', 'b'))).toEqual({ exported: 1, kept: 0, lost: 1 });
    expect(log.lines).toMatchObject([{ level: 'warn', lost: 1 }]);
  });

  it.each([
    ['a collector that does not respond', 60_000, EXPORT_MAX_MS],
    ['the end of the invocation', 500, 500],
  ])('is not held up by %s', async (_, remainingMs, expectedMs) => {
    const { exporter, clock, log } = openExporter(() => new Promise(() => undefined));
    const startMs = clock.now();
    let endedAfterMs: number | undefined;
    const exporting = exporter.export(spansNamed('a'), startMs + remainingMs).then((report) => {
      endedAfterMs = clock.now() - startMs;
      return report;
    });
    await clock.advance(60_000);
    expect(endedAfterMs).toBe(expectedMs);
    expect(await exporting).toEqual({ exported: 0, kept: 1, lost: 0 });
    expect(log.lines).toMatchObject([{ level: 'warn', kept: 1 }]);
  });
});
