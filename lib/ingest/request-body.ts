import { isUtf8 } from 'node:buffer';

/** The largest request body in bytes. */
export const MAX_BODY_BYTES = 256 * 1024;

interface HttpBody {
  body?: string | undefined;
  isBase64Encoded?: boolean | undefined;
}

/**
 * The text of an HTTP API event's body; API Gateway gives bytes that it does not take for text as base64. `undefined` for bytes
 * that are not UTF-8: what they would be read as is not what was sent.
 */
export function textOfBody({ body = '', isBase64Encoded }: HttpBody): string | undefined {
  if (!isBase64Encoded) return body;
  const bytes = Buffer.from(body, 'base64');
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

export function bytesOfBody({ body = '', isBase64Encoded }: HttpBody): number {
  return Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8');
}
