import { randomBytes, randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { ACCOUNT_ID, IDENTITY } from '../layout.ts';
import {
  AwsError,
  type AwsJsonServer,
  startAwsJsonServer,
  unknownOperation,
} from './aws-json-server.ts';
import {
  addVersion,
  findVersion,
  readSecrets,
  type Secret,
  type SecretContent,
  writeSecrets,
} from './secrets.ts';

const MAX_BYTES = 65_536;

const secretId = v.pipe(v.string(), v.minLength(1), v.maxLength(2048));
const versionId = v.pipe(v.string(), v.minLength(32), v.maxLength(64));
const stage = v.pipe(v.string(), v.minLength(1), v.maxLength(256));
const content = { SecretString: v.optional(v.string()), SecretBinary: v.optional(v.string()) };

const getInput = v.object({
  SecretId: secretId,
  VersionId: v.optional(versionId),
  VersionStage: v.optional(stage),
});
const describeInput = v.object({ SecretId: secretId });
const createInput = v.object({
  Name: v.pipe(v.string(), v.regex(/^[A-Za-z0-9/_+=.@-]{1,512}$/)),
  ClientRequestToken: v.optional(versionId),
  Description: v.optional(v.string()),
  ...content,
});
const putInput = v.object({
  SecretId: secretId,
  ClientRequestToken: v.optional(versionId),
  VersionStages: v.optional(v.pipe(v.array(stage), v.minLength(1), v.maxLength(20))),
  ...content,
});

/**
 * Starts Secrets Manager on 127.0.0.1, its secrets in one file: the API keys and the target's credential, which functions read and
 * operators change. It has GetSecretValue, PutSecretValue, CreateSecret and DescribeSecret; rotation, policies and encryption are left out.
 */
export async function startSecretsManagerEmulator(options: {
  port: number;
  path: string;
}): Promise<AwsJsonServer> {
  const actions = openSecrets(options.path);
  return startAwsJsonServer({
    port: options.port,
    service: 'secretsmanager',
    version: '1.1',
    call(operation, input) {
      const action = Object.hasOwn(actions, operation) ? actions[operation] : undefined;
      if (!action) throw unknownOperation(operation);
      return action(input);
    },
  });
}

type SecretsManagerActions = Record<string, (input: unknown) => object>;

/**
 * The operations on secrets that are kept in a file. Each change is in the file before it is answered.
 * Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/
 */
function openSecrets(path: string): SecretsManagerActions {
  const secrets = readSecrets(path);
  const nowSeconds = () => Date.now() / 1000;
  const find = (id: string): Secret => {
    const found = secrets.find(
      ({ name, arn }) => id === name || id === arn || arn === withSuffix(id, arn),
    );
    if (!found) throw notFound();
    return found;
  };

  return {
    GetSecretValue(input) {
      const asked = read(getInput, input);
      const secret = find(asked.SecretId);
      const found = findVersion(secret, { versionId: asked.VersionId, stage: asked.VersionStage });
      if (!found) {
        const label = asked.VersionStage ?? asked.VersionId ?? 'AWSCURRENT';
        throw notFound(`secret value for staging label: ${label}`);
      }
      const [id, version] = found;
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: id,
        SecretString: version.text,
        SecretBinary: version.bytes,
        VersionStages: version.stages,
        CreatedDate: version.createdDate,
      };
    },

    DescribeSecret(input) {
      const secret = find(read(describeInput, input).SecretId);
      const versions = Object.entries(secret.versions);
      return {
        ARN: secret.arn,
        Name: secret.name,
        Description: secret.description,
        CreatedDate: secret.createdDate,
        LastChangedDate: secret.lastChangedDate,
        VersionIdsToStages: Object.fromEntries(versions.map(([id, { stages }]) => [id, stages])),
      };
    },

    CreateSecret(input) {
      const asked = read(createInput, input);
      const name = asked.Name;
      const token = asked.ClientRequestToken ?? randomUUID();
      const existing = secrets.find((secret) => secret.name === name);
      if (existing && !existing.versions[token])
        throw new AwsError(
          'ResourceExistsException',
          `The operation failed because the secret ${name} already exists.`,
        );
      const secret = existing ?? {
        arn: `arn:aws:secretsmanager:${IDENTITY.region}:${ACCOUNT_ID}:secret:${name}-${suffix()}`,
        name,
        description: asked.Description,
        createdDate: nowSeconds(),
        lastChangedDate: nowSeconds(),
        versions: {},
      };
      const given = contentOf(asked);
      if (given) addVersion(secret, token, given, nowSeconds());
      if (!existing) secrets.push(secret);
      writeSecrets(path, secrets);
      return { ARN: secret.arn, Name: name, VersionId: given ? token : undefined };
    },

    PutSecretValue(input) {
      const asked = read(putInput, input);
      const secret = find(asked.SecretId);
      const given = contentOf(asked);
      if (!given) throw invalid('You must provide either SecretString or SecretBinary.');
      const token = asked.ClientRequestToken ?? randomUUID();
      const stages = addVersion(secret, token, given, nowSeconds(), asked.VersionStages);
      writeSecrets(path, secrets);
      return { ARN: secret.arn, Name: secret.name, VersionId: token, VersionStages: stages };
    },
  };
}

/** A secret is also known by its ARN without the six random characters. */
function withSuffix(id: string, arn: string): string {
  return id.startsWith('arn:') ? `${id}${arn.slice(-7)}` : '';
}

function suffix(): string {
  return randomBytes(3).toString('hex');
}

function read<Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  // A schema's own message may quote the value.
  const fields = result.issues.map((issue) => v.getDotPath(issue) ?? 'the input');
  throw new AwsError('ValidationException', `Invalid: ${fields.join(', ')}`);
}

function contentOf(asked: {
  SecretString?: string | undefined;
  SecretBinary?: string | undefined;
}) {
  const { SecretString: text, SecretBinary: bytes } = asked;
  if (text !== undefined && bytes !== undefined)
    throw invalid("You can't specify both SecretString and SecretBinary.");
  if (text === undefined && bytes === undefined) return undefined;
  if (Buffer.byteLength(text ?? bytes ?? '') > MAX_BYTES)
    throw invalid(`The secret value is larger than ${MAX_BYTES} bytes.`);
  const given: SecretContent = text === undefined ? { bytes } : { text };
  return given;
}

function notFound(what = 'secret'): AwsError {
  return new AwsError(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified ${what}.`,
  );
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}
