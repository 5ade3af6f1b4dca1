/** The largest request body in bytes. */
export const MAX_BODY_BYTES = 256 * 1024;

interface HttpBody {
  body?: string | undefined;
  isBase64Encoded?: boolean | undefined;
}

/** The text of an HTTP API event's body; API Gateway gives bytes that it does not take for text as base64. */
export function textOfBody({ body = '', isBase64Encoded }: HttpBody): string {
  return isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
}

export function bytesOfBody({ body = '', isBase64Encoded }: HttpBody): number {
  return Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8');
}
