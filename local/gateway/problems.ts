/** An answer of the gateway, ready to be written. */
export interface GatewayResponse {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  cookies: string[];
  body: Buffer;
  /** Why the gateway answers with an error of its own; for the access log, never for the caller. */
  reason?: string;
}

interface Problem {
  status: number;
  /** The text that API Gateway sends as `message`. */
  message: string;
  /** What the caller can do about it. */
  detail: string;
}

/** The errors that the gateway itself answers with. */
export const problems = {
  unauthorized: {
    status: 401,
    message: 'Unauthorized',
    detail: 'Send the API key in the x-api-key header.',
  },
  forbidden: {
    status: 403,
    message: 'Forbidden',
    detail: 'The API key is not accepted. Check that it is complete and has not been withdrawn.',
  },
  notFound: {
    status: 404,
    message: 'Not Found',
    detail: 'There is no such route. Check the method and the path.',
  },
  tooLarge: {
    status: 413,
    message: 'Request Entity Too Large',
    detail: 'The body is larger than the gateway accepts. Send a smaller one.',
  },
  internalError: {
    status: 500,
    message: 'Internal Server Error',
    detail: 'The function behind this route failed. The cause is in its log.',
  },
  unavailable: {
    status: 503,
    message: 'Service Unavailable',
    detail:
      'The function behind this route cannot answer at the moment, and has not seen the request. Try again later.',
  },
} satisfies Record<string, Problem>;

/**
 * The response for a problem. API Gateway's own body is `{"message": …}` as `application/json`;
 * ours has the same `message` and, as a deliberate addition, the members of RFC 9457 that tell a
 * caller what to do, as `application/problem+json`.
 */
export function problemResponse(problem: Problem, reason?: string): GatewayResponse {
  const { status, message, detail } = problem;
  const body = { message, type: 'about:blank', title: message, status, detail };
  return {
    status,
    headers: { 'content-type': 'application/problem+json' },
    cookies: [],
    body: Buffer.from(JSON.stringify(body)),
    ...(reason !== undefined && { reason }),
  };
}

/** The reason in the access log. */
export const TOO_BUSY = 'Too many requests wait for the function';

const UNAVAILABLE = problemResponse(problems.unavailable, TOO_BUSY);

/** The response for a request that is refused before it is read, because too many wait already. Made once: under overload it is most of the work. */
export const TOO_BUSY_RESPONSE: GatewayResponse = {
  ...UNAVAILABLE,
  headers: { ...UNAVAILABLE.headers, 'retry-after': '1' },
};
