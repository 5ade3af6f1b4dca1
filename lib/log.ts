import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import type { Context } from 'aws-lambda';
import { escapeInJson } from './safe-text.ts';

/** Structured logging: one JSON object a line, as CloudWatch Logs Insights reads it, without raw control characters. */

/** Fields that tell to which event, batch or call a line belongs. Never a key, never a payload. */
type LogFields = Record<string, unknown>;

export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Log levels, lowest first. A function writes its own level and those above. */
export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The log of a function, whose lines name the invocation. */
interface FunctionLog extends Log {
  /** Wraps a handler: lines from the beginning of an invocation on have its request id. */
  of<Event, Result>(
    handler: (event: Event, context: Context) => Promise<Result>,
  ): (event: Event, context: Context) => Promise<Result>;
}

/**
 * Creates a log by Powertools Logger.
 *
 * @param options.level without it, INFO. Lambda's own log level for the function comes before it
 * @param options.write takes each line; standard output unless given
 */
export function createLog(
  service: string,
  { level = 'INFO', write = writeToOutput }: { level?: LogLevel; write?: WriteLine } = {},
): FunctionLog {
  const logger = new LineLogger(service, level, write);
  return {
    info: (message, fields = {}) => logger.info(message, fields as LogAttributes),
    warn: (message, fields = {}) => logger.warn(message, fields as LogAttributes),
    error: (message, fields = {}) => logger.error(message, fields as LogAttributes),
    of: (handler) => (event, context) => {
      logger.addContext(context);
      return handler(event, context);
    },
  };
}

type WriteLine = (line: string) => void;

/** Writes every level to the same output, and escapes what JSON leaves raw: bidirectional controls, C1, line separators. */
class LineLogger extends Logger {
  readonly #write: WriteLine;

  constructor(serviceName: string, logLevel: LogLevel, write: WriteLine) {
    super({ serviceName, logLevel, logFormatter: new LineFormatter() });
    this.#write = write;
  }

  protected override printLog(_level: number, item: LogItem): void {
    item.prepareForPrint();
    this.#write(escapeInJson(JSON.stringify(item.getAttributes(), this.getJsonReplacer())));
  }
}

class LineFormatter extends LogFormatter {
  formatAttributes(of: UnformattedAttributes, fields: LogAttributes): LogItem {
    const { timestamp, logLevel, serviceName, message, lambdaContext } = of;
    const attributes = {
      at: timestamp.toISOString(),
      level: logLevel.toLowerCase(),
      service: serviceName,
      message,
      requestId: lambdaContext?.awsRequestId,
      ...fields,
    };
    return new LogItem({ attributes });
  }
}

/** Writes a line to standard output. */
export function writeToOutput(line: string): void {
  process.stdout.write(`${line}\n`);
}
