import { resolve } from 'node:path';
import colors from 'picocolors';
import { messageOf } from '../lib/errors.ts';
import { ratePerSecondOf } from '../lib/target-limit.ts';
import { type RunningPipeline, startPipeline } from '../local/pipeline.ts';
import { type PipelineOptions, readStartFlags, START_USAGE } from '../local/pipeline-options.ts';
import { DEFAULT_DATA_DIR } from './endpoints.ts';
import { exitCodeOf, UsageError } from './flags.ts';
import { print, printJson, printNote } from './output.ts';
import { aborted, stopSignal } from './stop-signal.ts';
import { linesOfCheck } from './target-check/print.ts';
import { checkLiveTarget } from './target-check.ts';
import { type NamedContract, readContract } from './target-contract.ts';

/** `npm start`: the whole pipeline on this machine, until Ctrl-C or SIGTERM. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    const flags = readStartFlags(argv);
    if (flags.help) {
      print(START_USAGE);
      return 0;
    }
    const contract = await readContract(flags.options.targetContract);
    const stopped = Promise.race([aborted(stopSignal(AT_ONCE)), parentEnd()]);
    await printTargetCheck(flags.options, contract);
    const onNotice = (line: string) => printNote(`${timeNow()}  ${line}`);
    const pipeline = await startPipeline({ ...flags.options, onNotice }).catch((error: Error) => {
      throw new UsageError(`Cannot start: ${error.message.replaceAll(/\s*\n\s*/g, ' ')}`);
    });
    if (flags.json) printJson(pipeline.endpoints);
    else print(linesOf(pipeline));
    for (const notice of pipeline.notices) printNote(colors.yellow(`\nNOTE: ${notice}`));

    const broken = await Promise.race([stopped, pipeline.broken]);
    if (broken) printNote(broken);
    else printNote('Stopping: finishing the batch in hand and flushing the archive …');
    const failures = await pipeline.stop().then(() => [], errorsOf);
    for (const failure of failures) printNote(`Not stopped cleanly: ${messageOf(failure)}`);
    return broken || failures.length > 0 ? 1 : 0;
  });
}

const AT_ONCE = 'Stopped at once; the next start goes on where this one was.';

/** The time of a notice, UTC. */
const timeNow = () => new Date().toISOString().slice(11, 19);

/** Longest time that a check delays the start. */
const CHECK_WITHIN_MS = 10_000;

const STARTS_ALL_THE_SAME = [
  'The pipeline starts all the same: it accepts events, keeps them, and delivers them once this is mended. A credential file is read again',
  'by itself. After any other change, stop it and start it again.',
];

/** Checks an external target before dispatch calls it, so that both together stay within its rate. Never fails the start. */
async function printTargetCheck(options: PipelineOptions, contract: NamedContract): Promise<void> {
  const {
    targetUrl: url,
    settingsFile,
    ratePerSecond,
    targetCredentialFile: credentialFile,
  } = options;
  if (url === undefined) return;
  const signal = AbortSignal.timeout(CHECK_WITHIN_MS);
  const run = { url, contract, settingsFile, ratePerSecond, credentialFile, signal };
  const lines = await checkLiveTarget(run).then(
    (check) => [
      ...linesOfCheck(check, { url, contract }),
      ...(check.ready ? [] : STARTS_ALL_THE_SAME),
    ],
    (error) => [
      signal.aborted
        ? `not checked within ${CHECK_WITHIN_MS / 1000} s; npm run target:check waits longer`
        : `not checked: ${messageOf(error)}`,
    ],
  );
  printNote(['Target check:', ...lines.map((line) => `  ${line}`), '']);
}

function errorsOf(error: unknown): unknown[] {
  return error instanceof AggregateError ? error.errors : [error];
}

/** How often a look is taken for npm, which tells no one when it is killed. */
const LOOK_FOR_PARENT_MS = 1000;

/** Resolves when npm, which this was started by, has gone: no one could stop this any more. */
function parentEnd(): Promise<undefined> {
  if (process.env.npm_lifecycle_event === undefined) return new Promise(() => undefined);
  const parent = process.ppid;
  return new Promise((resolve) => {
    const look = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(look);
      resolve(undefined);
    }, LOOK_FOR_PARENT_MS);
    look.unref();
  });
}

/** The other commands look for a run in the default folder. */
function dataDirFlag(dataDir: string): string {
  return dataDir === resolve(DEFAULT_DATA_DIR) ? '' : ` --data-dir ${dataDir}`;
}

function statusNote({ statusTable }: RunningPipeline['endpoints']): string {
  return statusTable === null ? '' : `; table ${statusTable}, the states of events`;
}

function linesOf({ endpoints, settings }: RunningPipeline): string[] {
  const { api, apiKey, archiveBucket, stream } = endpoints;
  const aws = `AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=${endpoints.region} aws`;
  return [
    'The pipeline is running.',
    '',
    `  API       ${api}/events            x-api-key: ${apiKey}`,
    `  target    ${endpoints.target}      at most ${ratePerSecondOf(settings.target_limit)} events a second`,
    `  console   ${endpoints.console}      what happens now, events, dead letters, rate, audit`,
    `  metrics   ${endpoints.metrics}      for Prometheus`,
    `  Kinesis   ${endpoints.kinesis}      stream ${stream}, ${settings.shard_count} shard(s)`,
    `  S3        ${endpoints.s3}      bucket ${archiveBucket}`,
    `  secrets   ${endpoints.secretsManager}      API keys in ${endpoints.apiKeysSecret}`,
    `  DynamoDB  ${endpoints.dynamoDb}      table ${endpoints.dispatchTable}, the start times of dispatch${statusNote(endpoints)}`,
    `  data      ${endpoints.dataDir}      logs in logs/`,
    '',
    'Send one event:',
    `  curl -i ${api}/events -H 'x-api-key: ${apiKey}' -H 'content-type: application/json' \\`,
    `    -d '{"id":"1","name":"order.placed","body":"hello","timestamp":1767225600}'`,
    `Send many:        npm run send -- --count 1000 --rate 200${dataDirFlag(endpoints.dataDir)}`,
    `See the archive:  ${aws} --endpoint-url ${endpoints.s3} s3 ls --recursive s3://${archiveBucket}`,
    'Stop:             Ctrl-C',
  ];
}
