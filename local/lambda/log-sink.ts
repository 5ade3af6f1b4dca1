import { openLogFile } from '../log-file.ts';

/** One line of a function's output. */
export interface LogLine {
  /** Milliseconds since the Unix epoch. */
  at: number;
  functionName: string;
  /** The process that wrote it. */
  pid: number | undefined;
  /** Absent outside an invocation, as during initialisation. */
  requestId: string | undefined;
  stream: 'stdout' | 'stderr';
  text: string;
}

/** Where a function's output goes: a file that it is appended to, a listener, both or neither. */
export function logSink(
  logFile: string | undefined,
  onLog: ((line: LogLine) => void) | undefined,
): { write(line: LogLine): void; close(): Promise<void> } {
  const file =
    logFile === undefined ? undefined : openLogFile(logFile, (line) => console.error(line));
  return {
    write(line) {
      onLog?.(line);
      file?.write(logText(line));
    },
    close: async () => file?.close(),
  };
}

function logText({ at, requestId, text }: LogLine): string {
  return `${new Date(at).toISOString()}\t${requestId ?? '-'}\t${text}\n`;
}
