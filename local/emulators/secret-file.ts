import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { messageOf } from '../../lib/errors.ts';

const version = v.object({
  /** Seconds since 1970. */
  createdDate: v.number(),
  stages: v.array(v.string()),
  text: v.optional(v.string()),
  /** Base64. */
  bytes: v.optional(v.string()),
});

const secret = v.object({
  arn: v.string(),
  name: v.string(),
  description: v.optional(v.string()),
  createdDate: v.number(),
  lastChangedDate: v.number(),
  versions: v.record(v.string(), version),
});

const contents = v.array(secret);

export type SecretVersion = v.InferOutput<typeof version>;
export type Secret = v.InferOutput<typeof secret>;

/** The secrets kept in a file; none when it is missing. Throws when it is damaged, with what to do about it. */
export function readSecrets(path: string): Secret[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  try {
    return v.parse(contents, JSON.parse(text));
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'not JSON' : messageOf(error);
    throw new Error(`${path} is damaged (${reason}); delete it to start without secrets`);
  }
}

/** Replaces the file by renaming, so that it is whole at any time, and readable by its owner alone. */
export function writeSecrets(path: string, secrets: Secret[]): void {
  const unfinished = `${path}.unfinished`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(unfinished, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  renameSync(unfinished, path);
}
