import { isJsonObject } from '../event/source-event.ts';
import { readErrors, type TargetError } from './read-errors.ts';

/** An HTTP response of the target, or the reason why there was none. Nothing is judged here; `verdictOf` does that. */
export type TargetAnswer =
  | TargetResponse
  | {
      kind: 'noResponse';
      code: string;
      message: string;
      /** True when no byte of the request left: the target certainly did not act. */
      neverSent?: boolean;
      /** True when a kept connection was reset before any response. */
      reusedConnection?: true;
    };

export interface TargetResponse {
  kind: 'response';
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** `data` of the body as it came; `undefined` without one. */
  data: unknown;
  errors: TargetError[];
  /** The body: parsed JSON, or its text where it is no JSON. */
  body: unknown;
}

const BYTE_ORDER_MARK = 0xfeff;

/**
 * Reads a response of any content type: many servers and proxies send JSON as `text/plain`, or without any type. A batch
 * answer of one is that one. Never throws.
 */
export function readAnswer(
  status: number,
  headers: Record<string, string>,
  text: string,
): TargetResponse {
  const body = parseBody(text);
  const result = Array.isArray(body) && body.length === 1 ? body[0] : body;
  const data = isJsonObject(result) ? result.data : undefined;
  return { kind: 'response', status, headers, data, errors: readErrors(result), body: result };
}

/** The event's own part of `data`; `undefined` where `data` has no such field. */
export function fieldOf({ data }: TargetResponse, field: string): unknown {
  return isJsonObject(data) && Object.hasOwn(data, field) ? data[field] : undefined;
}

function parseBody(text: string): unknown {
  const json = text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
