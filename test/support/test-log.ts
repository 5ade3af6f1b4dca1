import { createLog, type Log } from '../../lib/log.ts';

type LogLine = { level: string; message: string } & Record<string, unknown>;

/** A log that keeps its lines and throws on an error line, unless the test expects errors. */
export function createTestLog({ errorsExpected = false } = {}): Log & { lines: LogLine[] } {
  const lines: LogLine[] = [];
  const log = createLog('test', {
    write: (text) => {
      const line = JSON.parse(text) as LogLine;
      lines.push(line);
      if (line.level === 'error' && !errorsExpected)
        throw new Error(`unexpected error line: ${text}`);
    },
  });
  return { ...log, lines };
}
