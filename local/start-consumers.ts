import type { KinesisStreamEvent } from 'aws-lambda';
import { createLog, type Log } from '../lib/log.ts';
import type { ChangeNotices } from './change-notices.ts';
import type { DeliveryStream } from './delivery-stream/delivery-stream.ts';
import type { EventSourceMapping } from './event-source-mapping/event-source-mapping.ts';
import { type Functions, operatorEnvironment } from './functions.ts';
import {
  type ConsumerOptions,
  createArchiveDelivery,
  createDispatchMapping,
  createProjectMapping,
  type InvokedFunction,
} from './journal-consumers.ts';
import type { LocalFunction } from './lambda/function.ts';
import { type MappingSwitch, startLambdaApi, startMappingSwitch } from './lambda-api.ts';
import { NAMES } from './layout.ts';
import { openLogFile } from './log-file.ts';
import { createRecoverTrigger } from './recover-trigger.ts';
import type { Shutdown } from './shutdown.ts';
import type { LocalStack, Location } from './start-stack.ts';

/** The longest that a stop waits for the batch in hand. */
const BATCH_MAX_WAIT_MS = 20_000;

/** The longest that a stop waits for the status table. */
const STATUS_TABLE_MAX_WAIT_MS = 3000;

/** An event source mapping of AWS polls each shard once a second. */
const AWS_POLL_INTERVAL_MS = 1000;

type Tell = (line: string) => void;

interface ConsumersOptions
  extends Pick<LocalStack, 'stores' | 'settings'>,
    Omit<Location, 'dataDir'> {
  functions: Functions;
  tell: Tell;
  changes: ChangeNotices;
  recoverMinutes: number;
  mayRecover: (() => boolean) | undefined;
  isAwsLike: boolean | undefined;
  /** Spans are exported: project runs without a status table, too. */
  exportsSpans: boolean;
}

/** Starts what reads the journal and the spill bucket, and brings it to the functions and the archive. */
export async function startConsumers(options: ConsumersOptions, shutdown: Shutdown) {
  const { functions, stores, settings, paths, tell, recoverMinutes, mayRecover } = options;
  const log = fileLog(paths.log('pipeline'), tell);
  const { waitingReader, sparingReader, archive, spill, spilled } = stores;
  const delivery = readingAgain(
    createArchiveDelivery({
      ...{ reader: sparingReader, objects: archive, settings, log },
      checkpointsPath: paths.archiveCheckpoints,
    }),
    stores.readAgain,
  );
  await delivery.start();
  shutdown.add('archive delivery', () => delivery.stop());

  if (settings.status_table !== 'off' || settings.timestream_enabled || options.exportsSpans) {
    const { project } = functions;
    const projection = createProjectMapping({
      ...{ reader: waitingReader, project, settings, log },
      checkpointsPath: paths.projectCheckpoints,
    });
    await projection.start();
    shutdown.add('project mapping', () => stopProjection(projection, project));
  }

  const dispatch = await startDispatch(options, log);
  shutdown.add('dispatch', dispatch.stop);

  const recovery = createRecoverTrigger({
    ...{ spill, spilled, log, mayRecover },
    invoke: functions.recover.invoke,
    scheduleMinutes: recoverMinutes,
  });
  recovery.start();
  shutdown.add('recover trigger', () => recovery.stop());
  return { delivery, dispatch, log };
}

/** Before all that is in the stream is delivered, Calls `readAgain` before a flush or a stop, so that the readers see the last append. */
function readingAgain(delivery: DeliveryStream, readAgain: () => void): DeliveryStream {
  const fresh = (deliver: () => Promise<void>) => () => {
    readAgain();
    return deliver();
  };
  return { ...delivery, flush: fresh(delivery.flush), stop: fresh(delivery.stop) };
}

/** Starts the mapping that feeds dispatch, unless it was paused before, and the API by which it is paused and resumed. */
async function startDispatch(
  { functions, stores, settings, paths, ports, tell, changes, isAwsLike }: ConsumersOptions,
  log: ConsumerOptions['log'],
) {
  const { dispatch } = functions;
  const mapping = createDispatchMapping({
    ...{ dispatch: noteAges(dispatch, changes), failures: stores.failures, settings, log },
    // As on AWS it polls, in place of reading at each append.
    ...(isAwsLike
      ? { reader: stores.reader, pollIntervalMs: AWS_POLL_INTERVAL_MS }
      : { reader: stores.waitingReader }),
    checkpointsPath: paths.dispatchCheckpoints,
  });
  const mappingSwitch = await startMappingSwitch(mapping, paths.dispatchState, Date.now);
  const api = await startLambdaApi({
    port: ports.lambda,
    mappingUuid: NAMES.mappingUuid,
    mapping: noteSwitching(mappingSwitch, changes),
    functionName: NAMES.dispatchFunction,
    functionArn: dispatch.functionArn,
    environment: operatorEnvironment(settings),
  });
  return {
    lambdaUrl: api.url,
    notices: pauseNotice(mappingSwitch),
    async stop() {
      await api.close();
      await stopMapping(mappingSwitch, dispatch, tell);
    },
  };
}

/** Notes the age of the oldest record of each batch. */
function noteAges({ functionArn, invoke }: LocalFunction, changes: ChangeNotices): InvokedFunction {
  return {
    functionArn,
    invoke(event, options) {
      const [first] = (event as Partial<KinesisStreamEvent>).Records ?? [];
      if (first) changes.took(Date.now() - first.kinesis.approximateArrivalTimestamp * 1000);
      return invoke(event, options);
    },
  };
}

function noteSwitching(mapping: MappingSwitch, changes: ChangeNotices): MappingSwitch {
  return {
    ...mapping,
    async setEnabled(isEnabled) {
      const before = mapping.read().state;
      const isTaken = await mapping.setEnabled(isEnabled);
      if (isTaken && before !== (isEnabled ? 'Enabled' : 'Disabled'))
        changes.dispatching(isEnabled);
      return isTaken;
    },
  };
}

/**
 * Lets the batch in hand finish, which a healthy target allows within seconds. A sick one holds it until the function's
 * deadline: then its environment is ended like a crashed one, and the next start delivers the batch again.
 */
async function stopMapping(
  mapping: MappingSwitch,
  dispatch: LocalFunction,
  tell: Tell,
): Promise<void> {
  const timer = setTimeout(() => {
    tell('The target does not take the batch in hand; the next start delivers the rest of it.');
    dispatch.kill();
  }, BATCH_MAX_WAIT_MS);
  await mapping.stop();
  clearTimeout(timer);
}

/** Stops without a status table that does not respond: the next start projects the batch again. */
async function stopProjection(
  projection: EventSourceMapping,
  project: LocalFunction,
): Promise<void> {
  const timer = setTimeout(() => project.kill(), STATUS_TABLE_MAX_WAIT_MS);
  await projection.stop();
  clearTimeout(timer);
}

function pauseNotice(mapping: MappingSwitch): string[] {
  const { state, changedAtMs } = mapping.read();
  if (state === 'Enabled') return [];
  const since = new Date(changedAtMs).toISOString();
  return [
    `DISPATCH IS PAUSED since ${since}: events are accepted and kept, and none is delivered until npm run resume.`,
  ];
}

function fileLog(path: string, tell: Tell): Log {
  const file = openLogFile(path, tell);
  return createLog('pipeline', { write: (line) => file.write(`${line}\n`) });
}
