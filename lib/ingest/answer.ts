import { NotDurableError } from '../errors.ts';
import { checkSourceEvent, type FieldProblem } from '../event/source-event.ts';
import { type HttpResponse, jsonResponse, problemResponse } from '../http.ts';
import type { Acceptance } from './accept-event.ts';
import { MAX_BODY_BYTES } from './request-body.ts';

/** The HTTP answer to an event that was checked. */
export function answerAcceptance(acceptance: Acceptance): HttpResponse {
  if (acceptance.accepted)
    return jsonResponse(202, { message: 'Event accepted', event: acceptance.event });
  return answerBadFields(acceptance.problems);
}

/** The HTTP answer to JSON that readers may disagree about: its problems, and those of the event's fields with them. */
export function answerBadJson(payload: unknown, problems: FieldProblem[]): HttpResponse {
  const check = checkSourceEvent(payload);
  const others = check.valid ? [] : check.problems;
  const isListed = ({ field, detail }: FieldProblem) =>
    problems.some((problem) => problem.field === field && problem.detail === detail);
  return answerBadFields([...problems, ...others.filter((problem) => !isListed(problem))]);
}

function answerBadFields(errors: FieldProblem[]): HttpResponse {
  return problemResponse(
    422,
    'The event is not accepted: mend every field listed under errors and send it again.',
    { errors },
  );
}

/** @param reason why the body is no JSON, a sentence */
export function answerNotJson(reason: string): HttpResponse {
  return problemResponse(400, `${reason} Send one JSON object with id, name, body and timestamp.`);
}

/** @param problem what is wrong with the headers, and the header that names what is accepted (RFC 9110, section 15.5.16) */
export function answerUnsupportedMediaType(problem: {
  detail: string;
  accept: Record<string, string>;
}): HttpResponse {
  return problemResponse(415, problem.detail, { headers: problem.accept });
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
  // What the body parser refuses beyond the strict check.
  if ((error as { statusCode?: number }).statusCode === 422)
    return answerNotJson('The body is not valid JSON.');
  return problemResponse(500, 'The event was not stored. Send it again.');
}
