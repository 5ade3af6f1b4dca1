/** An error as the service sends it: its name, its words, and what else its shape has. */
export class TimestreamError extends Error {
  readonly code: string;
  readonly members: object;

  constructor(code: string, message: string, members: object = {}) {
    super(message);
    this.code = code;
    this.members = members;
  }
}

export function invalid(message: string): TimestreamError {
  return new TimestreamError('ValidationException', message);
}
