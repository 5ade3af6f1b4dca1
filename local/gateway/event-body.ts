import { isUtf8 } from 'node:buffer';

/** `always` encodes every body, to prove that a handler copes with both forms. */
export type BodyEncoding = 'auto' | 'always';

export interface EventBody {
  body?: string;
  isBase64Encoded: boolean;
}

const textTypes = new Set(['application/json', 'application/xml', 'application/javascript']);

/**
 * Whether an HTTP API gives a body of this content type to its integration as text. The
 * documentation says only that a binary body is base64-encoded
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html)
 * and not which types are binary. The list is what the ministack project observed on AWS
 * (github.com/ministackorg/ministack/pull/766): everything else is encoded, forms and requests
 * without a content type among them, and so `application/problem+json` and its like.
 */
export function isTextType(contentType: string | undefined): boolean {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return type.startsWith('text/') || textTypes.has(type);
}

/** The body as the event carries it. No body, no key; bytes that are not UTF-8 are encoded, since text would lose them. */
export function eventBody(
  bytes: Buffer,
  contentType: string | undefined,
  encoding: BodyEncoding,
): EventBody {
  if (bytes.length === 0) return { isBase64Encoded: false };
  if (encoding === 'auto' && isTextType(contentType) && isUtf8(bytes)) {
    return { body: bytes.toString('utf8'), isBase64Encoded: false };
  }
  return { body: bytes.toString('base64'), isBase64Encoded: true };
}
