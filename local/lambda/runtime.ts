/**
 * Runs in a process of its own: one execution environment of a function. Imports the bundle, says
 * that it is ready, then runs one invocation after another as the parent asks for them.
 *
 * Unless the parent freezes the process between invocations, as Lambda does, work that a handler leaves
 * behind goes on. A handler must be async, since there is no callback argument.
 *
 * The process gets this file with its types stripped on its standard input (see `environment.ts`),
 * so it imports nothing but types and what is built into Node.
 */
import { pathToFileURL } from 'node:url';
import type { Context } from 'aws-lambda';
import type {
  EnvironmentMessage,
  ErrorReport,
  InvocationMessage,
  RuntimeArguments,
} from './messages.ts';

type Handler = (event: unknown, context: unknown) => unknown;

/** 6 MB and 100 bytes, as Lambda's own error message says. */
const maxResponseBytes = 6_291_556;

const [bundle, functionArn, clockOffsetMs] = process.argv.slice(2) as RuntimeArguments;
if (Number(clockOffsetMs) !== 0) shiftClock(Number(clockOffsetMs));

// A parent that is gone can neither hear an answer nor kill us.
process.on('disconnect', () => process.exit());
// A signal reaches the whole process group; the parent decides when a running invocation ends.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
process.on('uncaughtException', (error) => {
  end('Uncaught Exception', errorReport(error), 129);
});
process.on('unhandledRejection', (reason) => {
  const report = { ...errorReport(reason), errorType: 'Runtime.UnhandledPromiseRejection' };
  end('Unhandled Promise Rejection', report, 128);
});

const handler = await loadHandler();
if (handler) {
  process.on('message', (message) => invoke(handler, message as InvocationMessage));
  send({ type: 'ready' });
}

/** Shifts the wall clock of this process, before the bundle reads it. The monotonic clock stays as it is. */
function shiftClock(offsetMs: number): void {
  const now = Date.now;
  Date.now = () => now() + offsetMs;
  globalThis.Date = new Proxy(Date, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [target.now()] : args, newTarget),
  });
}

async function loadHandler(): Promise<Handler | undefined> {
  try {
    const module = await import(pathToFileURL(bundle).href);
    if (typeof module.handler === 'function') return module.handler;
    const errorMessage = `${bundle} does not export a function named handler`;
    failInit({ errorType: 'Runtime.HandlerNotFound', errorMessage, trace: [] });
  } catch (error) {
    failInit(importErrorReport(error));
  }
  return undefined;
}

function failInit(error: ErrorReport): void {
  console.error(`Init Error\t${JSON.stringify(error)}`);
  send({ type: 'initError', error }, () => process.exit(1));
}

async function invoke(handle: Handler, message: InvocationMessage): Promise<void> {
  process.env._X_AMZN_TRACE_ID = message.traceHeader;
  try {
    send(answer(await handle(JSON.parse(message.eventJson), invocationContext(message))));
  } catch (thrown) {
    const error = errorReport(thrown);
    console.error(`Invoke Error\t${JSON.stringify(error)}`);
    send({ type: 'error', error });
  }
}

/** The context object of the Node.js runtime; only async handlers are run, so nothing waits for an empty event loop. */
function invocationContext({
  requestId,
  deadlineMs,
}: InvocationMessage): Omit<Context, 'done' | 'fail' | 'succeed'> {
  const variables = process.env;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: variables.AWS_LAMBDA_FUNCTION_NAME ?? '',
    functionVersion: variables.AWS_LAMBDA_FUNCTION_VERSION ?? '',
    invokedFunctionArn: functionArn,
    memoryLimitInMB: variables.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? '',
    awsRequestId: requestId,
    logGroupName: variables.AWS_LAMBDA_LOG_GROUP_NAME ?? '',
    logStreamName: variables.AWS_LAMBDA_LOG_STREAM_NAME ?? '',
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
}

function answer(value: unknown): EnvironmentMessage {
  const responseJson = serialise(value);
  if (Buffer.byteLength(responseJson) <= maxResponseBytes) return { type: 'result', responseJson };
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${maxResponseBytes} bytes).`;
  const errorType = 'Function.ResponseSizeTooLarge';
  return { type: 'error', error: { errorType, errorMessage, trace: [] } };
}

function serialise(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch (cause) {
    throw new Error('Unable to stringify response body', { cause });
  }
}

/** An error as the runtime reports it: a thrown value that is no error has the type of its `typeof`. */
function errorReport(error: unknown): ErrorReport {
  if (!(error instanceof Error)) {
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  }
  const trace = error.stack?.split('\n') ?? [];
  return { errorType: error.name, errorMessage: error.message, trace };
}

/** The runtime has types of its own for a bundle that is missing or does not parse; what the bundle threw keeps its name. */
function importErrorReport(error: unknown): ErrorReport {
  const report = errorReport(error);
  if (error instanceof SyntaxError) return { ...report, errorType: 'Runtime.UserCodeSyntaxError' };
  const missing =
    error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
  return missing ? { ...report, errorType: 'Runtime.ImportModuleError' } : report;
}

/** Ends the process over an error that nobody caught, with the exit codes of Lambda's runtime. */
function end(what: string, error: ErrorReport, exitCode: number): void {
  console.error(`${what}\t${JSON.stringify(error)}`);
  send({ type: 'fatal', error }, () => process.exit(exitCode));
}

function send(message: EnvironmentMessage, sent: () => void = () => {}): void {
  process.send?.(message, sent);
}
