import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { messageOf } from '../../lib/errors.ts';
import { AwsError } from './aws-json-server.ts';

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

type SecretVersion = v.InferOutput<typeof version>;
export type Secret = v.InferOutput<typeof secret>;

/** Reads the secrets kept in a file; none when it is missing. Throws when it is damaged, with what to do about it. */
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

const CURRENT = 'AWSCURRENT';
const PREVIOUS = 'AWSPREVIOUS';

export type SecretContent = Pick<SecretVersion, 'text' | 'bytes'>;

/**
 * Adds a version. Its staging labels leave the versions that had them; the version that loses AWSCURRENT becomes AWSPREVIOUS; a
 * version without labels is deprecated on AWS, and gone here. The first version is always current. The same id with the same content
 * changes nothing; with another content it is refused.
 * Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
 */
export function addVersion(
  secret: Secret,
  versionId: string,
  content: SecretContent,
  nowSeconds: number,
  stages: string[] = [CURRENT],
): string[] {
  const existing = secret.versions[versionId];
  if (existing) return requireSame(existing, content);
  const isFirst = Object.keys(secret.versions).length === 0;
  const labels = [...new Set(isFirst ? [...stages, CURRENT] : stages)];
  const moved = labels.includes(CURRENT) ? [...labels, PREVIOUS] : labels;
  for (const [id, version] of Object.entries(secret.versions)) {
    const wasCurrent = version.stages.includes(CURRENT) && labels.includes(CURRENT);
    version.stages = version.stages.filter((stage) => !moved.includes(stage));
    if (wasCurrent) version.stages.push(PREVIOUS);
    if (version.stages.length === 0) delete secret.versions[id];
  }
  secret.versions[versionId] = { createdDate: nowSeconds, stages: labels, ...content };
  secret.lastChangedDate = nowSeconds;
  return labels;
}

function requireSame(existing: SecretVersion, { text, bytes }: SecretContent): string[] {
  if (existing.text === text && existing.bytes === bytes) return existing.stages;
  throw new AwsError(
    'ResourceExistsException',
    'You tried to create a version with a client request token of another version, and another content.',
  );
}

/** Returns the version with that id, that label, or both; the current one unless asked for another. */
export function findVersion(
  secret: Secret,
  wanted: { versionId?: string | undefined; stage?: string | undefined },
): [string, SecretVersion] | undefined {
  const stage = wanted.stage ?? (wanted.versionId ? undefined : CURRENT);
  return Object.entries(secret.versions).find(
    ([id, version]) =>
      (!wanted.versionId || wanted.versionId === id) && (!stage || version.stages.includes(stage)),
  );
}
