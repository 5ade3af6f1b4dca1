import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { messageOf } from '../../lib/errors.ts';
import { readPipelineSettings } from '../../lib/settings.ts';
import { UsageError } from '../flags.ts';
import { SETTINGS_FILE } from '../settings-file.ts';
import { createWaitingNote } from '../waiting-note.ts';
import { openServices } from './services.ts';
import type { Stack } from './stack.ts';

const text = v.optional(v.pipe(v.string('is no text'), v.nonEmpty('is missing')), '');

/** Terraform leaves an output out that is null. */
const optionalText = v.nullish(v.pipe(v.string('is no text'), v.nonEmpty('is empty')));

/** The outputs of the Terraform root that the commands need. */
const outputsSchema = v.object({
  region: text,
  stream_name: text,
  archive_bucket: text,
  spill_bucket: text,
  failures_bucket: text,
  dispatch_mapping_uuid: text,
  dispatch_function_name: text,
  dispatch_table: text,
  status_table: optionalText,
  timestream_database: optionalText,
  timestream_table: optionalText,
  settings: v.optional(
    v.record(v.string(), v.union([v.number(), v.string()], 'is no number or text')),
    {},
  ),
});

type StackOutputs = v.InferOutput<typeof outputsSchema>;

/** A pipeline on AWS, by its Terraform outputs; who calls is found as the AWS CLI finds it. */
export async function openAwsStack(where: string): Promise<Stack> {
  const outputs = readOutputs(await outputsText(where), where);
  const {
    status_table: tableName,
    timestream_database: database,
    timestream_table: table,
  } = outputs;
  const settings = { ...(await readPipelineSettings(SETTINGS_FILE)), ...outputs.settings };
  const services = openServices({
    identity: { region: outputs.region },
    streamName: outputs.stream_name,
    archiveBucket: outputs.archive_bucket,
    failuresBucket: outputs.failures_bucket,
    spillBucket: outputs.spill_bucket,
    mappingUuid: outputs.dispatch_mapping_uuid,
    functionName: outputs.dispatch_function_name,
    dispatchTable: outputs.dispatch_table,
    statusTable: tableName ? { tableName, days: settings.status_table_days } : undefined,
    timestream: database && table ? { database, table } : undefined,
  });
  return {
    name: `the pipeline of ${where} (${outputs.stream_name} in ${outputs.region})`,
    isLocal: false,
    id: `s3://${outputs.archive_bucket}`,
    flags: ['--stack', where],
    dispatchFunctionName: outputs.dispatch_function_name,
    settings,
    ...services,
  };
}

/** Reads `terraform output -json`, or the same without what Terraform says about each value. */
export function readOutputs(json: string, where: string): StackOutputs {
  const result = v.safeParse(outputsSchema, plainOutputs(json, where));
  if (result.success) return result.output;
  const problems = result.issues.map((issue) => `${v.getDotPath(issue)} ${issue.message}`);
  throw new UsageError(`--stack ${where} is not this pipeline's: ${problems.join(', ')}.`);
}

/** The outputs by their names. */
export function plainOutputs(json: string, where: string): Record<string, unknown> {
  let outputs: unknown;
  try {
    outputs = JSON.parse(json);
  } catch (error) {
    throw new UsageError(`--stack ${where} holds no JSON: ${messageOf(error)}`);
  }
  const values = Object.entries(outputs ?? {}).map(([name, value]) => [name, plain(value)]);
  return Object.fromEntries(values);
}

function plain(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'value' in value ? value.value : value;
}

/** `terraform output -json` of a folder, or what it printed into a file. */
export async function outputsText(where: string): Promise<string> {
  const note = createWaitingNote();
  try {
    if (!(await stat(where)).isDirectory()) return await readFile(where, 'utf8');
    note.set(`asking Terraform for the outputs of ${where}`);
    const { stdout } = await promisify(execFile)('terraform', [
      `-chdir=${where}`,
      'output',
      '-json',
    ]);
    return stdout;
  } catch (error) {
    throw new UsageError(`--stack ${where} cannot be read: ${messageOf(error).trim()}`);
  } finally {
    note.stop();
  }
}
