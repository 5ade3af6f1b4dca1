import type { Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { createLog, type LogLevel } from '../../lib/log.ts';

function lab(level?: LogLevel) {
  const lines: string[] = [];
  const log = createLog('dispatch', { ...(level && { level }), write: (line) => lines.push(line) });
  return { log, lines, read: () => lines.map((line) => JSON.parse(line)) };
}

describe('a line of the log', () => {
  it('is one JSON object with time, level, service, message and fields', () => {
    const { log, read } = lab();
    log.info('batch', { delivered: 3, lowestUnsettled: undefined, zero: 0 });
    expect(read()).toEqual([
      {
        at: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:]{8}\.\d{3}Z$/),
        ...{ level: 'info', service: 'dispatch', message: 'batch', delivered: 3, zero: 0 },
      },
    ]);
  });

  it('has no raw control character, and a reader gets the text as it was', () => {
    const { log, lines, read } = lab();
    const text = 'a\n\u001b[2J\u202e\u0085\u2028"b"\ud800';
    log.error(text, { error: text, nested: { text } });
    expect(lines.join('')).toMatch(/^[ -~]+$/);
    expect(read()[0]).toMatchObject({ message: text, error: text, nested: { text } });
  });

  it('shows an error that was thrown with its name and message', () => {
    const { log, read } = lab();
    log.warn('failed', { error: new TypeError('why') });
    expect(read()[0]?.error).toMatchObject({ name: 'TypeError', message: 'why' });
  });

  it('has the request id of its invocation', async () => {
    const { log, read } = lab();
    const handle = log.of(async (event: string) => log.info(event));
    for (const awsRequestId of ['r-1', 'r-2'])
      await handle(`event of ${awsRequestId}`, { awsRequestId } as Context);
    expect(read()).toMatchObject([
      { message: 'event of r-1', requestId: 'r-1' },
      { message: 'event of r-2', requestId: 'r-2' },
    ]);
  });
});

describe('the level of a log', () => {
  it.each([
    [undefined, ['info', 'warn', 'error']],
    ['INFO', ['info', 'warn', 'error']],
    ['WARN', ['warn', 'error']],
    ['ERROR', ['error']],
    ['SILENT', []],
  ] as const)('%s writes %j', (level, levels) => {
    const { log, read } = lab(level);
    for (const one of ['info', 'warn', 'error'] as const) log[one]('text');
    expect(read().map((line) => line.level)).toEqual(levels);
  });
});
