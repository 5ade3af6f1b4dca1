/** A refusal with the name of its exception in the Secrets Manager API. */
export class SecretsManagerError extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

export const notFound = (what = 'secret') =>
  new SecretsManagerError(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified ${what}.`,
  );

export const invalid = (message: string) =>
  new SecretsManagerError('InvalidParameterException', message);
