import * as v from 'valibot';
import { messageOf } from '../../lib/errors.ts';
import { UsageError } from '../flags.ts';
import { outputsText } from '../stack/aws-stack.ts';

/** An output as `terraform output -json` writes it, or its value alone. */
const output = v.pipe(
  v.unknown(),
  v.transform((value) =>
    typeof value === 'object' && value !== null && 'value' in value ? value.value : value,
  ),
  v.string('is not a text'),
  v.nonEmpty('must not be empty'),
);

/** What `terraform output -json` says, as far as queries need it. */
const stack = v.object({
  region: output,
  archive_bucket: output,
  athena_workgroup: output,
  glue_database: output,
});

/** Where everything of a deployment is. */
export type AthenaStack = v.InferOutput<typeof stack>;

/**
 * The deployment that `--stack` names: a file that holds `terraform output -json`, or a Terraform folder in which that is
 * run. A {@link UsageError} says what is wrong with it.
 */
export async function readStack(path: string): Promise<AthenaStack> {
  return parseStack(await outputsText(path), path);
}

/** Reads the outputs; `path` is for messages. */
function parseStack(text: string, path: string): AthenaStack {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UsageError(
      `--stack ${path}: not the JSON of terraform output -json: ${messageOf(error)}`,
    );
  }
  const result = v.safeParse(stack, json);
  if (result.success) return result.output;
  const problems = result.issues.map((issue) => `${v.getDotPath(issue)} ${issue.message}`);
  throw new UsageError(`--stack ${path}: ${problems.join('; ')}`);
}
