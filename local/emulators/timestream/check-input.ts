import * as v from 'valibot';
import { AwsError } from '../aws-json-server.ts';

export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

export function notFound(what: string): AwsError {
  return new AwsError('ResourceNotFoundException', `The ${what} does not exist.`);
}

/** Reads a request's input by its shape; what the shape refuses is a `ValidationException` that names every problem. */
export function checkInput<Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  const problems = result.issues.map(
    (issue) =>
      `Value at '${v.getDotPath(issue) ?? ''}' failed to satisfy constraint: ${issue.message}`,
  );
  throw invalid(`${problems.length} validation error(s) detected: ${problems.join('; ')}`);
}

/** Text of a length that the service counts in bytes. */
export const textOf = (minimum: number, maximum: number) =>
  v.pipe(
    v.string('Member must not be null'),
    v.minBytes(minimum, `Member must have length greater than or equal to ${minimum}`),
    v.maxBytes(maximum, `Member must have length less than or equal to ${maximum}`),
  );

export const resourceName = v.pipe(
  textOf(3, 256),
  v.regex(/^[a-zA-Z0-9_.-]+$/, 'Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+'),
);
