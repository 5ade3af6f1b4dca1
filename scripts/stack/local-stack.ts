import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type PipelineSettings, readPipelineSettings } from '../../lib/settings.ts';
import { createFolderObjectStore } from '../../local/folder-object-store.ts';
import { IDENTITY, NAMES, pathsOf } from '../../local/layout.ts';
import { DEFAULT_DATA_DIR, type Endpoints, endpointsPath, readEndpoints } from '../endpoints.ts';
import { UsageError } from '../flags.ts';
import { SETTINGS_FILE } from '../settings-file.ts';
import { openServices } from './services.ts';
import type { Stack } from './stack.ts';

/** The local run in a data folder; while it is stopped, what it keeps can still be read. */
export async function openLocalStack(dataDir: string): Promise<Stack> {
  const folder = resolve(dataDir);
  const flags = dataDir === DEFAULT_DATA_DIR ? [] : ['--data-dir', dataDir];
  const settings = await readPipelineSettings(SETTINGS_FILE);
  const endpoints = existsSync(endpointsPath(folder)) ? await readEndpoints(folder) : undefined;
  if (endpoints && (await answers(endpoints))) {
    const { archiveBufferSeconds: archive_buffer_seconds } = endpoints;
    return {
      flags,
      settings: { ...settings, archive_buffer_seconds },
      ...runningStack(endpoints, settings),
    };
  }
  const { bucket } = pathsOf(folder);
  if (!existsSync(bucket(NAMES.archiveBucket)))
    throw new UsageError(
      `There is no run to be found in ${folder}: start one with npm start, or name another with --data-dir.`,
    );
  return {
    flags,
    settings,
    name: `the local run in ${dataDir} (stopped)`,
    isLocal: true,
    id: folder,
    dispatchFunctionName: NAMES.dispatchFunction,
    archive: createFolderObjectStore(bucket(NAMES.archiveBucket)),
    failures: createFolderObjectStore(bucket(NAMES.failuresBucket)),
    spill: createFolderObjectStore(bucket(NAMES.spillBucket)),
    status: undefined,
    live: undefined,
    close: () => undefined,
  };
}

function runningStack(
  endpoints: Endpoints,
  settings: PipelineSettings,
): Omit<Stack, 'settings' | 'flags'> {
  const { kinesis, s3, lambda, timestream, dynamoDb, statusTable: tableName, dataDir } = endpoints;
  return {
    name: `the local run in ${dataDir}`,
    isLocal: true,
    id: dataDir,
    targetUrl: graphqlUrlOf(endpoints.target),
    dispatchFunctionName: endpoints.dispatchFunctionName,
    ...openServices({
      identity: IDENTITY,
      endpoints: { kinesis, s3, lambda, timestream, dynamoDb },
      streamName: endpoints.stream,
      archiveBucket: endpoints.archiveBucket,
      failuresBucket: endpoints.failuresBucket,
      spillBucket: endpoints.spillBucket,
      mappingUuid: endpoints.dispatchMappingUuid,
      functionName: endpoints.dispatchFunctionName,
      dispatchTable: endpoints.dispatchTable,
      statusTable: tableName ? { tableName, days: settings.status_table_days } : undefined,
      timestream: settings.timestream_enabled
        ? { database: NAMES.timestreamDatabase, table: NAMES.timestreamTable }
        : undefined,
    }),
  };
}

/** The target application of a local run serves GraphQL beside its own pages; another target is named by its GraphQL endpoint. */
function graphqlUrlOf(target: string): string | undefined {
  if (!URL.canParse(target)) return undefined;
  return new URL(target).pathname === '/' ? new URL('/graphql', target).href : target;
}

/** A run that was killed leaves its endpoints behind. */
async function answers({ s3 }: Endpoints): Promise<boolean> {
  return fetch(s3).then(
    () => true,
    () => false,
  );
}
