import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from './flags.ts';

export const DEFAULT_DATA_DIR = '.orchestrator';

/** Where everything of a local run is: printed when it is ready, and kept in its data folder for the other commands. */
export interface Endpoints {
  ready: true;
  api: string;
  target: string;
  /** Page of the console. */
  console: string;
  /** Metrics in Prometheus's text format. */
  metrics: string;
  kinesis: string;
  s3: string;
  secretsManager: string;
  stream: string;
  archiveBucket: string;
  failuresBucket: string;
  /** Accepted events that the journal could not take in time. */
  spillBucket: string;
  /** Holds the accepted API keys. */
  apiKeysSecret: string;
  timestream: string;
  dynamoDb: string;
  /** `null` without a status table. */
  statusTable: string | null;
  /** Dispatch books its start times in it. */
  dispatchTable: string;
  /** The part of the Lambda API that `pause` and `resume` need. */
  lambda: string;
  dispatchFunctionName: string;
  dispatchMappingUuid: string;
  /** How long facts wait for others before they are archived. */
  archiveBufferSeconds: number;
  apiKey: string;
  region: string;
  dataDir: string;
}

export const endpointsPath = (dataDir: string) => join(dataDir, 'endpoints.json');

/** The endpoints of the run with this data folder; a {@link UsageError} when there is none. */
export async function readEndpoints(dataDir: string): Promise<Endpoints> {
  const path = endpointsPath(dataDir);
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Endpoints;
  } catch {
    throw new UsageError(
      `There is no run to be found at ${path}: start one with npm start, or name another with --data-dir.`,
    );
  }
}
