import { basename, dirname } from 'node:path';
import { IDENTITY } from '../layout.ts';

export interface VariablesInput {
  name: string;
  bundle: string;
  memoryMb: number;
  /** The function's own variables. */
  environment: Record<string, string>;
  logStreamName: string;
}

/** What a process cannot run without; nothing else of the parent's environment gets through. */
const inherited = ['PATH', 'SystemRoot', 'TMPDIR', 'TEMP', 'TMP'];

const credentials = {
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
};

/**
 * Every environment variable of a function's process: its own, and those that Lambda sets.
 * Credentials are placeholders unless the function brings its own.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export function environmentVariables(
  input: VariablesInput,
  parent: Record<string, string | undefined>,
): Record<string, string> {
  const basics = inherited.flatMap((name) => {
    const value = parent[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(basics),
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    ...credentials,
    ...input.environment,
    ...lambdaVariables(input),
  };
}

/**
 * The variables that a function asks for although Lambda keeps them for itself; Lambda refuses to
 * create such a function.
 */
export function reservedVariables(environment: Record<string, string>): string[] {
  const input = { name: '', bundle: '', memoryMb: 0, environment, logStreamName: '' };
  const reserved = [...Object.keys(lambdaVariables(input)), '_X_AMZN_TRACE_ID'];
  return reserved.filter((name) => name in environment);
}

function lambdaVariables(input: VariablesInput): Record<string, string> {
  return {
    AWS_REGION: IDENTITY.region,
    AWS_DEFAULT_REGION: IDENTITY.region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
    AWS_LAMBDA_FUNCTION_NAME: input.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(input.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${input.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: input.logStreamName,
    LAMBDA_TASK_ROOT: dirname(input.bundle),
    _HANDLER: `${basename(input.bundle).replace(/\.[^.]+$/, '')}.handler`,
  };
}
