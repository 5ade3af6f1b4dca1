import { randomBytes, randomUUID } from 'node:crypto';
import { Environment } from './environment.ts';
import { EnvironmentPool, type Lease } from './environment-pool.ts';
import { maxRequestBytes, requestTooLarge, throttled, unavailable } from './failures.ts';
import { checkOptions, type FunctionOptions } from './function-options.ts';
import { count, type FunctionStats, newCounters } from './function-stats.ts';
import type { Invoke, InvokeResult } from './invoke-result.ts';
import { logSink } from './log-sink.ts';
import { initialise, runInvocation } from './run-in-environment.ts';
import { newTraceHeader } from './trace-header.ts';
import { environmentVariables } from './variables.ts';

export interface LocalFunction {
  functionArn: string;
  invoke: Invoke;
  /** An invocation would be throttled now. */
  isFull(): boolean;
  /** Starts environments ahead until there are `count` (1 unless given); rejects when one does not become ready. */
  warm(count?: number): Promise<void>;
  /** Turns new and queued invocations away, lets the running ones finish, ends the processes. */
  stop(): Promise<void>;
  /** Ends every process at once and for good; what is running is reported as crashed. */
  kill(): void;
  stats(): FunctionStats;
}

/**
 * A Lambda function whose bundle runs in child processes. Throws when the options are wrong or
 * there is no such file; what is in it shows when the first environment starts.
 */
export function createFunction(options: FunctionOptions): LocalFunction {
  checkOptions(options);
  return new ProcessFunction(options);
}

/** Lambda's own limit. Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const defaultInitTimeoutMs = 10_000;

class ProcessFunction implements LocalFunction {
  readonly functionArn: string;
  #options: FunctionOptions;
  #initTimeoutMs: number;
  #sink: ReturnType<typeof logSink>;
  #pool: EnvironmentPool;
  #counters = newCounters();
  #running = new Set<Promise<InvokeResult>>();

  constructor(options: FunctionOptions) {
    const { accountId, region, name } = options;
    this.#options = options;
    this.#initTimeoutMs = options.initTimeoutMs ?? defaultInitTimeoutMs;
    this.functionArn = `arn:aws:lambda:${region}:${accountId}:function:${name}`;
    this.#sink = logSink(options.logFile, options.onLog);
    this.#pool = new EnvironmentPool({
      maxEnvironments: options.maxEnvironments,
      maxWaitMs: options.maxWaitMs ?? Number.POSITIVE_INFINITY,
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
    count(this.#counters, result);
    return result;
  };

  isFull(): boolean {
    return this.#pool.isFull;
  }

  async warm(wanted = 1): Promise<void> {
    const started = this.#pool.startUpTo(wanted);
    const failures = await Promise.all(started.map((environment) => this.#initialise(environment)));
    for (const environment of started) this.#pool.release(environment);
    const failed = failures.find(({ failure }) => failure)?.failure;
    if (!failed) return;
    const { errorType, errorMessage } = failed;
    throw new Error(`${this.#options.name} did not start: ${errorType}: ${errorMessage}`);
  }

  async stop(): Promise<void> {
    this.#pool.close();
    await Promise.all(this.#running);
    await Promise.all(this.#pool.environments.map((environment) => environment.kill()));
    await this.#sink.close();
  }

  kill(): void {
    this.#pool.close();
    for (const environment of this.#pool.environments) environment.kill();
  }

  stats(): FunctionStats {
    const { size, idle, queued, environments } = this.#pool;
    const pids = environments.flatMap(({ pid }) => pid ?? []);
    return { ...this.#counters, environments: size, idle, queued, pids };
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
    if (!cold) return runInvocation(environment, request, this.#options.timeoutMs);
    this.#counters.coldStarts += 1;
    const { failure, initMs } = await this.#initialise(environment, request.requestId);
    if (failure) return failure;
    const result = await runInvocation(environment, request, this.#options.timeoutMs);
    return result.ok ? { ...result, initMs } : result;
  }

  async #initialise(environment: Environment, requestId = '') {
    const initialisation = await initialise(environment, this.#initTimeoutMs, requestId);
    if (!initialisation.failure) this.#counters.initMs = initialisation.initMs;
    return initialisation;
  }

  #startEnvironment(): Environment {
    const { name, bundle, memoryMb, region, environment = {} } = this.#options;
    const input = { name, bundle, memoryMb, region, environment, logStreamName: logStreamName() };
    return new Environment({
      bundle,
      functionArn: this.functionArn,
      memoryMb,
      niceness: this.#options.niceness ?? 0,
      variables: environmentVariables(input, process.env),
      onLine: (line) => this.#sink.write({ at: Date.now(), functionName: name, ...line }),
    });
  }
}

interface Request {
  requestId: string;
  eventJson: string;
  traceHeader: string;
}

/** A log stream of its own for each environment, named as Lambda names them. */
function logStreamName(): string {
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/[$LATEST]${randomBytes(16).toString('hex')}`;
}
