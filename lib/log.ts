import { safeJson } from './safe-text.ts';

/** Structured logging: one JSON object a line, as CloudWatch Logs Insights reads it, without raw control characters. */

export type LogLevel = 'info' | 'warn' | 'error';

/** Fields that tell to which event, batch or call a line belongs. Never a key, never a payload. */
export type LogFields = Record<string, unknown>;

export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export function createLog(service: string, write = writeLine, now = () => new Date()): Log {
  const line =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) =>
      write(safeJson({ at: now().toISOString(), level, service, message, ...fields }));
  return { info: line('info'), warn: line('warn'), error: line('error') };
}

function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
