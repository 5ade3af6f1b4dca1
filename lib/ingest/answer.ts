import { NotDurableError } from '../errors.ts';
import { type HttpResponse, jsonResponse, problemResponse } from '../http.ts';
import type { Acceptance } from './accept-event.ts';
import { MAX_BODY_BYTES } from './request-body.ts';

/** The HTTP answer to an event that was checked. */
export function answerAcceptance(acceptance: Acceptance): HttpResponse {
  if (acceptance.accepted)
    return jsonResponse(202, { message: 'Event accepted', event: acceptance.event });
  return problemResponse(
    422,
    'The event is not accepted: mend every field listed under errors and send it again.',
    { errors: acceptance.problems },
  );
}

export function answerTooLarge(): HttpResponse {
  return problemResponse(
    413,
    `The body is larger than ${MAX_BODY_BYTES} bytes (256 KiB). Send a smaller event.`,
  );
}

export function answerNotUtf8(): HttpResponse {
  return problemResponse(400, 'The body is not valid UTF-8. Send JSON in UTF-8.');
}

/** The HTTP answer to whatever was thrown on the way; only what nobody foresaw becomes a 500. */
export function answerError(error: unknown): HttpResponse {
  if (error instanceof NotDurableError)
    return problemResponse(
      503,
      'No store confirmed the event in time, so it may not be stored. Send it again: the same id is the same event.',
      { headers: { 'retry-after': '1' } },
    );
  switch ((error as { statusCode?: number }).statusCode) {
    case 415:
      return problemResponse(415, 'Send the event with content-type: application/json.');
    case 422:
      return isForbiddenKey(error)
        ? problemResponse(
            422,
            'The keys __proto__ and constructor.prototype are not accepted. Rename them.',
          )
        : problemResponse(
            400,
            'The body is not valid JSON, or nested too deeply. Send one JSON object with id, name, body and timestamp.',
          );
    default:
      return problemResponse(500, 'The event was not stored. Send it again.');
  }
}

/** The body parser refuses keys by which JSON can reach an object's prototype. */
function isForbiddenKey(error: unknown): boolean {
  return (error as Error).message === 'Forbidden key in JSON body';
}
