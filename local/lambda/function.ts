import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { ACCOUNT_ID, IDENTITY } from '../layout.ts';
import { openLogFile } from '../log-file.ts';
import { Environment, type OutputLine } from './environment.ts';
import { EnvironmentPool, type Lease } from './environment-pool.ts';
import { type Invoke, type InvokeFailure, type InvokeResult, newTraceHeader } from './invoke.ts';
import type { InvocationMessage } from './messages.ts';
import {
  initialise,
  maxRequestBytes,
  requestTooLarge,
  runInvocation,
  throttled,
  unavailable,
} from './run-in-environment.ts';
import { environmentVariables, reservedVariables } from './variables.ts';

export interface FunctionOptions {
  name: string;
  /** Absolute path of an ES module that exports an async `handler(event, context)`. */
  bundle: string;
  timeoutMs: number;
  memoryMb: number;
  /** Scheduling priority of its processes on a shared machine, 0 (the default) to 19: higher yields to others. */
  niceness?: number;
  /** The most invocations that run at once, each in a process of its own. */
  maxEnvironments: number;
  /** The function's own environment variables. */
  environment?: Record<string, string>;
  /**
   * The longest that an invocation waits when every environment is busy; it fails as throttled where that would take
   * longer. No limit unless given; Lambda would start more environments or throttle.
   */
  maxWaitMs?: number;
  /** The most invocations that wait at once, for each environment; no limit unless given. */
  maxWaitingEach?: number;
  /** The longest that the import of the bundle may take; 10 seconds, as on Lambda. */
  initTimeoutMs?: number;
  /**
   * Treats environments as Lambda does: each is frozen between invocations, each invocation gets a random idle one, and their clocks
   * differ by up to {@link MAX_CLOCK_OFFSET_MS} from that of the machine. Needs signals, which Windows has not. Default: false.
   */
  isAwsLike?: boolean;
  /** A file to which every line of output is appended. */
  logFile?: string;
  onLog?: (line: OutputLine) => void;
}

export interface LocalFunction {
  functionArn: string;
  invoke: Invoke;
  /** True while an invocation would be throttled. */
  isFull(): boolean;
  /** Starts environments ahead until there are `count` (1 unless given); rejects when one does not become ready. */
  warm(count?: number): Promise<void>;
  /** Turns new and queued invocations away, lets the running ones finish, ends the processes. */
  stop(): Promise<void>;
  /** Ends every process at once and for good; what is running is reported as crashed. */
  kill(): void;
  /** The process ids of its environments. */
  pids(): number[];
  /** The number of invocations under way, those that wait for an environment included. */
  running(): number;
}

/**
 * Creates a Lambda function: the deployed bundle, in child processes that stand for execution environments. It has Lambda's time
 * limit, payload limits, environment variables, cold starts and error shapes, which the handlers rely on. The memory limit outside the JavaScript heap, layers and versions are left out.
 *
 * @throws when the options are wrong or there is no such file; what is in the file shows when the first environment starts
 */
export function createFunction(options: FunctionOptions): LocalFunction {
  checkOptions(options);
  return new ProcessFunction(options);
}

/** Large enough to be seen; AWS keeps clocks within about 1 ms of each other. */
const MAX_CLOCK_OFFSET_MS = 2;

/** Lambda's own limit. Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const defaultInitTimeoutMs = 10_000;

type Request = Omit<InvocationMessage, 'deadlineMs'>;

class ProcessFunction implements LocalFunction {
  readonly functionArn: string;
  #options: FunctionOptions;
  #logFile: ReturnType<typeof openLogFile> | undefined;
  #pool: EnvironmentPool;
  #running = new Set<Promise<InvokeResult>>();

  constructor(options: FunctionOptions) {
    const { name, logFile } = options;
    this.#options = options;
    this.functionArn = `arn:aws:lambda:${IDENTITY.region}:${ACCOUNT_ID}:function:${name}`;
    if (logFile !== undefined) this.#logFile = openLogFile(logFile, (line) => console.error(line));
    this.#pool = new EnvironmentPool({
      maxEnvironments: options.maxEnvironments,
      maxWaitMs: options.maxWaitMs ?? Number.POSITIVE_INFINITY,
      maxWaitingEach: options.maxWaitingEach,
      random: options.isAwsLike ? Math.random : undefined,
      start: () => this.#startEnvironment(),
    });
  }

  /** An arrow function, so that it can be handed on as it is. */
  invoke: Invoke = async (event, { traceHeader = newTraceHeader(Date.now()) } = {}) => {
    const request = {
      requestId: randomUUID(),
      eventJson: JSON.stringify(event) ?? '{}',
      traceHeader,
    };
    const running = this.#invoke(request);
    this.#running.add(running);
    const result = await running;
    this.#running.delete(running);
    return result;
  };

  isFull(): boolean {
    return this.#pool.isFull;
  }

  async warm(wanted = 1): Promise<void> {
    const started = this.#pool.startUpTo(wanted);
    const failures = await Promise.all(started.map((environment) => this.#initialise(environment)));
    for (const environment of started) this.#pool.release(environment);
    const failed = failures.find((failure) => failure !== undefined);
    if (!failed) return;
    const { errorType, errorMessage } = failed;
    throw new Error(`${this.#options.name} did not start: ${errorType}: ${errorMessage}`);
  }

  async stop(): Promise<void> {
    this.#pool.close();
    await Promise.all(this.#running);
    await Promise.all(this.#pool.environments.map((environment) => environment.kill()));
    await this.#logFile?.close();
  }

  kill(): void {
    this.#pool.close();
    for (const environment of this.#pool.environments) environment.kill();
  }

  running(): number {
    return this.#running.size;
  }

  pids(): number[] {
    return this.#pool.environments.flatMap(({ pid }) => pid ?? []);
  }

  async #invoke(request: Request): Promise<InvokeResult> {
    const { requestId, eventJson } = request;
    if (Buffer.byteLength(eventJson) > maxRequestBytes) return requestTooLarge(requestId);
    const lease = await this.#pool.lease();
    if (lease === 'full') return throttled(requestId);
    if (lease === 'closed') return unavailable('The function is stopped.', requestId);
    const result = await this.#runIn(lease, request);
    this.#pool.release(lease.environment);
    return result;
  }

  async #runIn({ environment, cold }: Lease, request: Request): Promise<InvokeResult> {
    const failure = cold ? await this.#initialise(environment, request.requestId) : undefined;
    return failure ?? runInvocation(environment, request, this.#options.timeoutMs);
  }

  #initialise(environment: Environment, requestId = ''): Promise<InvokeFailure | undefined> {
    const { initTimeoutMs = defaultInitTimeoutMs } = this.#options;
    return initialise(environment, initTimeoutMs, requestId);
  }

  #startEnvironment(): Environment {
    const { name, bundle, memoryMb, environment = {}, niceness = 0 } = this.#options;
    const { isAwsLike = false } = this.#options;
    const input = { name, bundle, memoryMb, environment, logStreamName: logStreamName() };
    return new Environment({
      bundle,
      functionArn: this.functionArn,
      memoryMb,
      niceness,
      isFrozenAtRest: isAwsLike,
      clockOffsetMs: isAwsLike ? randomInt(-MAX_CLOCK_OFFSET_MS, MAX_CLOCK_OFFSET_MS + 1) : 0,
      variables: environmentVariables(input, process.env),
      onLine: (line) => this.#log(line),
    });
  }

  #log(line: OutputLine): void {
    const { requestId = '-', text } = line;
    this.#options.onLog?.(line);
    this.#logFile?.write(`${new Date().toISOString()}\t${requestId}\t${text}\n`);
  }
}

/** Returns a name as Lambda gives it to the log stream of each environment. */
function logStreamName(): string {
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/[$LATEST]${randomBytes(16).toString('hex')}`;
}

/** @throws an error that names everything that is wrong with the options */
function checkOptions(options: FunctionOptions): void {
  const problems = [
    ...reservedVariables(options.environment ?? {}).map((name) => `${name} is set by Lambda`),
    ...(['timeoutMs', 'memoryMb', 'maxEnvironments'] as const)
      .filter((name) => !(options[name] > 0))
      .map((name) => `${name} must be above zero`),
    ...bundleProblems(options.bundle),
  ];
  if (problems.length > 0) throw new Error(`Function ${options.name}: ${problems.join('; ')}`);
}

function bundleProblems(bundle: string): string[] {
  if (!isAbsolute(bundle)) return ['bundle must be an absolute path'];
  return existsSync(bundle) ? [] : [`there is no ${bundle}; build the functions first`];
}
