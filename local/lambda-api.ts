import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as v from 'valibot';
import { messageOf } from '../lib/errors.ts';
import type { DispatchState } from '../lib/ports.ts';
import { openCheckpointFile } from './checkpoint-file.ts';
import type { EventSourceMapping } from './event-source-mapping/event-source-mapping.ts';
import { readBody } from './gateway/http-exchange.ts';

interface LambdaApiOptions {
  port: number;
  mappingUuid: string;
  mapping: MappingSwitch;
  functionName: string;
  functionArn: string;
  /** The function's environment, without what is secret. */
  environment: Record<string, string>;
}

interface LambdaApi {
  url: string;
  close(): Promise<void>;
}

/** The error type of each status, by which the SDK tells one refusal from another. */
const ERRORS: Record<number, string> = {
  400: 'InvalidParameterValueException',
  404: 'ResourceNotFoundException',
  409: 'ResourceInUseException',
};

type Answer = [status: number, body: object];

/**
 * The part of the Lambda API by which an operator pauses and resumes dispatch, so that the same commands work here and on AWS:
 * `GetEventSourceMapping`, `UpdateEventSourceMapping` (of `Enabled` alone) and `GetFunctionConfiguration`.
 */
export async function startLambdaApi(options: LambdaApiOptions): Promise<LambdaApi> {
  const server = createServer((request, response) => void serve(request, response, options));
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: LambdaApiOptions,
): Promise<void> {
  const [status, body] = await answer(request, options).catch(refusalOf);
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  const error = ERRORS[status];
  if (error) headers['x-amzn-errortype'] = error;
  response.writeHead(status, headers).end(JSON.stringify(body));
}

/** A path or a body that cannot be read is the caller's fault; nothing that is sent may end the run. */
function refusalOf(error: unknown): Answer {
  const isTheirs = error instanceof URIError || error instanceof SyntaxError;
  return [isTheirs ? 400 : 500, { Message: `The request cannot be read: ${messageOf(error)}` }];
}

async function answer(request: IncomingMessage, options: LambdaApiOptions): Promise<Answer> {
  const { mappingUuid, functionName } = options;
  const path = decodeURIComponent(request.url?.split('?')[0] ?? '');
  switch (`${request.method} ${path}`) {
    case `GET /2015-03-31/event-source-mappings/${mappingUuid}`:
      return [200, describe(options)];
    case `PUT /2015-03-31/event-source-mappings/${mappingUuid}`:
      return update(request, options);
    case `GET /2015-03-31/functions/${functionName}/configuration`: {
      const { functionArn: FunctionArn, environment: Variables } = options;
      return [200, { FunctionName: functionName, FunctionArn, Environment: { Variables } }];
    }
    default:
      return [404, { Message: `There is no ${request.method} ${path} here.` }];
  }
}

async function update(request: IncomingMessage, options: LambdaApiOptions): Promise<Answer> {
  const body = await readBody(request, 10_000);
  if (body.type !== 'complete') return [400, { Message: 'The body cannot be read.' }];
  const given: unknown = JSON.parse(body.bytes.toString());
  const { Enabled, ...others } = Object(given) as Record<string, unknown>;
  if (typeof Enabled !== 'boolean' || Object.keys(others).length > 0)
    return [400, { Message: 'Only Enabled can be changed here.' }];
  if (!(await options.mapping.setEnabled(Enabled)))
    return [409, { Message: 'The mapping is changing already.' }];
  return [202, describe(options)];
}

function describe({ mappingUuid, mapping, functionArn }: LambdaApiOptions) {
  const { state, changedAtMs } = mapping.read();
  return {
    UUID: mappingUuid,
    FunctionArn: functionArn,
    State: state,
    LastModified: changedAtMs / 1000,
  };
}

/** The state of a mapping as `GetEventSourceMapping` returns it. */
interface SwitchState {
  state: DispatchState;
  changedAtMs: number;
}

/** Starts and stops a mapping as `UpdateEventSourceMapping` does, and remembers it over a restart. */
export interface MappingSwitch {
  read(): SwitchState;
  /**
   * Resolves with true once it is remembered; the mapping follows when its running invocations have ended. False, and nothing is
   * changed, while it is changing already: AWS refuses that with `ResourceInUseException`.
   */
  setEnabled(enabled: boolean): Promise<boolean>;
  /** Ends the mapping with the pipeline; it stays enabled or disabled as it is. */
  stop(): Promise<void>;
}

const fileSchema = v.object({
  enabled: v.optional(v.boolean(), true),
  changedAtMs: v.optional(v.number(), 0),
});

/** Starts the mapping unless it was disabled before. */
export async function startMappingSwitch(
  mapping: EventSourceMapping,
  path: string,
  now: () => number,
): Promise<MappingSwitch> {
  const file = openCheckpointFile(path, fileSchema, 'have dispatch run');
  let { enabled, changedAtMs } = await file.load();
  if (enabled) await mapping.start();
  let running = enabled;
  let ended = false;
  let turning: Promise<void> = Promise.resolve();

  async function turn(): Promise<void> {
    if (ended) return;
    if (enabled) await mapping.start();
    else await mapping.stop();
    running = !running;
  }

  return {
    read: () => ({ state: stateOf(enabled, running), changedAtMs }),
    async setEnabled(wanted) {
      if (running !== enabled) return false;
      if (wanted === enabled) return true;
      enabled = wanted;
      changedAtMs = now();
      await file.save({ enabled, changedAtMs });
      turning = turn();
      return true;
    },
    async stop() {
      ended = true;
      if (running) await mapping.stop();
      await turning;
    },
  };
}

function stateOf(enabled: boolean, running: boolean): DispatchState {
  if (enabled) return running ? 'Enabled' : 'Enabling';
  return running ? 'Disabling' : 'Disabled';
}
