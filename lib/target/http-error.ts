/** A call without a response; `neverSent` when no byte of the request left. */
export class HttpError extends Error {
  readonly code: string;
  readonly neverSent: boolean;

  constructor(
    code: string,
    message: string,
    { neverSent = false, cause = undefined as unknown } = {},
  ) {
    super(message, { cause });
    this.code = code;
    this.neverSent = neverSent;
  }
}
