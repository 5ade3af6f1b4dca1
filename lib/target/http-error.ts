/**
 * A call without a response; `neverSent` when no byte of the request left, `reusedConnection` when a kept connection was reset before any
 * response.
 */
export class HttpError extends Error {
  readonly code: string;
  readonly neverSent: boolean;
  readonly reusedConnection: boolean;

  constructor(
    code: string,
    message: string,
    { neverSent = false, reusedConnection = false, cause = undefined as unknown } = {},
  ) {
    super(message, { cause });
    this.code = code;
    this.neverSent = neverSent;
    this.reusedConnection = reusedConnection;
  }
}
