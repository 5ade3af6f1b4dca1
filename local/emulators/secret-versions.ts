import type { Secret, SecretVersion } from './secret-file.ts';
import { SecretsManagerError } from './secrets-manager-error.ts';

export const CURRENT = 'AWSCURRENT';
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
  throw new SecretsManagerError(
    'ResourceExistsException',
    'You tried to create a version with a client request token of another version, and another content.',
  );
}

/** The version with that id, that label, or both; the current one unless asked for another. */
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
