import type { Log } from '../lib/log.ts';
import type { ObjectStore } from '../lib/object-store.ts';
import type { StreamReader } from '../lib/ports.ts';
import type { PipelineSettings } from '../lib/settings.ts';
import { createDispatchMapping } from './dispatch-mapping.ts';
import type { EventSourceMapping } from './event-source-mapping/event-source-mapping.ts';
import { type Functions, operatorEnvironment } from './functions.ts';
import { startLambdaApi } from './lambda-api.ts';
import { NAMES, type pathsOf } from './layout.ts';
import { type MappingSwitch, startMappingSwitch } from './mapping-switch.ts';

/** How long a stop waits for the batch in hand. */
const BATCH_PATIENCE_MS = 20_000;

/** Dispatch at work, and the API by which it is paused and resumed. */
export interface RunningDispatch {
  mapping: EventSourceMapping;
  lambdaUrl: string;
  /** That it is paused, if it is. */
  notices: string[];
  stop(tell: (line: string) => void): Promise<void>;
}

/** Starts what feeds dispatch from the journal, unless it was paused before. */
export async function startDispatch(options: {
  functions: Functions;
  reader: StreamReader;
  failures: ObjectStore;
  paths: ReturnType<typeof pathsOf>;
  settings: PipelineSettings;
  log: Log;
  /** Of the Lambda API. */
  port: number;
}): Promise<RunningDispatch> {
  const { functions, reader, failures, paths, settings, log, port } = options;
  const { dispatch } = functions;
  const mapping = createDispatchMapping({
    reader,
    dispatch,
    failures,
    checkpointsPath: paths.dispatchCheckpoints,
    settings,
    log,
  });
  const mappingSwitch = await startMappingSwitch(mapping, paths.dispatchState, Date.now);
  const api = await startLambdaApi({
    port,
    mappingUuid: NAMES.mappingUuid,
    mapping: mappingSwitch,
    functionName: NAMES.dispatchFunction,
    functionArn: dispatch.functionArn,
    environment: operatorEnvironment(settings),
  });
  return {
    mapping,
    lambdaUrl: api.url,
    notices: pauseNotice(mappingSwitch),
    async stop(tell) {
      await api.close();
      await stopMapping(mappingSwitch, functions, tell);
    },
  };
}

/**
 * Lets the batch in hand finish, which a healthy target allows within seconds. A sick one holds it until the function's
 * deadline: then its environment is ended like a crashed one, and the next start delivers the batch again.
 */
async function stopMapping(
  mapping: MappingSwitch,
  { dispatch }: Functions,
  tell: (line: string) => void,
): Promise<void> {
  const impatience = setTimeout(() => {
    tell('The target does not take the batch in hand; the next start delivers the rest of it.');
    dispatch.kill();
  }, BATCH_PATIENCE_MS);
  await mapping.stop();
  clearTimeout(impatience);
}

function pauseNotice(mapping: MappingSwitch): string[] {
  const { state, changedAtMs } = mapping.read();
  if (state === 'Enabled') return [];
  const since = new Date(changedAtMs).toISOString();
  return [
    `DISPATCH IS PAUSED since ${since}: events are accepted and kept, and none is delivered until npm run resume.`,
  ];
}
