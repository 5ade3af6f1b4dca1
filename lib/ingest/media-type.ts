import { MIMEType } from 'node:util';

const JSON_TYPE = /^application\/(?:[^/]+\+)?json$/;

/** All of them name UTF-8 or a part of it; `utf8` is how many clients spell it. */
const CHARSETS = new Set(['utf-8', 'utf8', 'us-ascii']);

/**
 * Why a body with these headers is not read, or `undefined` if it is: it must be `application/json` or `application/*+json` in
 * UTF-8, and not compressed, since what a few bytes unpack to knows no bounds. Names of headers are lower case. Pure.
 */
export function mediaTypeProblem(
  headers: Record<string, string | undefined>,
): { detail: string; accept: Record<string, string> } | undefined {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity') {
    const detail = `A body with content-encoding ${quote(encoding)} is not accepted. Send it uncompressed, without that header.`;
    return { detail, accept: { 'accept-encoding': 'identity' } };
  }
  const detail = contentTypeProblem(headers['content-type']);
  return detail === undefined ? undefined : { detail, accept: { accept: 'application/json' } };
}

function contentTypeProblem(contentType: string | undefined): string | undefined {
  const advice = 'Send the event with content-type: application/json.';
  if (contentType === undefined) return `The content-type header is missing. ${advice}`;
  const type = parse(contentType);
  if (!type || !JSON_TYPE.test(type.essence))
    return `The content-type ${quote(contentType)} is not accepted. ${advice}`;
  const charset = type.params.get('charset');
  if (charset === null || CHARSETS.has(charset.toLowerCase())) return undefined;
  return `The charset ${quote(charset)} is not accepted. Send the event in UTF-8.`;
}

function parse(contentType: string): MIMEType | undefined {
  try {
    return new MIMEType(contentType);
  } catch {
    return undefined;
  }
}

/** What the caller sent, to be recognised by it. */
function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
