import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** Answers with a document of known length, unless the client has left. */
export function answer(
  res: ServerResponse,
  status: number,
  body: string,
  headers: OutgoingHttpHeaders,
): void {
  if (res.destroyed) return;
  res.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

export function answerJson(
  res: ServerResponse,
  status: number,
  document: unknown,
  headers: OutgoingHttpHeaders = {},
): void {
  const type = { 'content-type': 'application/json; charset=utf-8' };
  answer(res, status, JSON.stringify(document), { ...type, ...headers });
}

/** Answers in the shape of a GraphQL response that carries one error, with its code where clients look for it. */
export function answerGraphqlError(
  res: ServerResponse,
  status: number,
  error: { code: string; message: string },
  headers: OutgoingHttpHeaders = {},
): void {
  const { code, message } = error;
  answerJson(res, status, { errors: [{ message, extensions: { code } }] }, headers);
}
