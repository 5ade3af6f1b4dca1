import middy from '@middy/core';
import type { APIGatewayProxyEventV2WithLambdaAuthorizer } from 'aws-lambda';
import { messageOf } from '../errors.ts';
import { type FieldProblem, idProblems } from '../event/source-event.ts';
import { type HttpResponse, jsonResponse, problemResponse } from '../http.ts';
import { type KeyContext, keyNameOf } from '../key-name.ts';
import type { Log } from '../log.ts';
import type { EventFacts } from '../ports.ts';
import { eventViewOf, isOfKey } from './event-view.ts';

type StatusEvent = APIGatewayProxyEventV2WithLambdaAuthorizer<KeyContext>;

/** The state changes, and belongs to one key. */
const NOT_STORED = { 'cache-control': 'no-store' };

/**
 * The handler of `GET /events?id=…`: where one event stands, for the source whose key it came with. An event of another key gets the same
 * 404 as one that does not exist. Without `facts` there is no status table, and no event is found.
 */
export function createStatusHandler(facts: EventFacts | undefined, { log }: { log: Log }) {
  return middy<StatusEvent, HttpResponse>().handler(async (event) => {
    const query = readId(event.rawQueryString ?? '');
    if ('problems' in query) return answerBadId(query.problems);
    const keyName = keyNameOf(event);
    try {
      const found = (await facts?.of(query.id)) ?? [];
      if (keyName === undefined || !isOfKey(found, keyName)) return answerNotFound();
      return withHeaders(jsonResponse(200, { event: eventViewOf(query.id, found) }));
    } catch (error) {
      log.error('The state of an event was not read', { keyName, error: messageOf(error) });
      return answerUnavailable();
    }
  });
}

/** The query is read as it was sent: API Gateway joins values of the same name by commas, which an id may contain. */
function readId(rawQuery: string): { id: string } | { problems: FieldProblem[] } {
  const ids = rawQuery.split('&').flatMap((pair) => {
    const [name, ...value] = pair.split('=');
    return name === 'id' ? [value.join('=')] : [];
  });
  if (ids.length > 1) return problem('This parameter must be given once.');
  const id = decode(ids[0] ?? '');
  if (id === undefined) return problem('This parameter must be UTF-8 in percent-encoding.');
  const problems = idProblems(ids.length === 0 ? undefined : id);
  return problems.length > 0 ? { problems } : { id };
}

const problem = (detail: string) => ({ problems: [{ field: 'id', detail }] });

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function answerBadId(errors: FieldProblem[]): HttpResponse {
  return problemResponse(
    422,
    'This id is not valid. Send GET /events?id=ID with one percent-encoded event id.',
    { errors },
  );
}

function answerNotFound(): HttpResponse {
  return withHeaders(
    problemResponse(
      404,
      'No event with this id was found for this key. New events appear within seconds: ask again then.',
    ),
  );
}

function answerUnavailable(): HttpResponse {
  return problemResponse(
    503,
    'The state cannot be read now. Ask again; the delivery of the event is not affected.',
    { headers: { 'retry-after': '1', ...NOT_STORED } },
  );
}

function withHeaders(response: HttpResponse): HttpResponse {
  return { ...response, headers: { ...response.headers, ...NOT_STORED } };
}
