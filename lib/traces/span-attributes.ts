import type { Attributes, AttributeValue } from '@opentelemetry/api';
import type { Attempt, Fact, ReceivedFact } from '../event/fact.ts';
import { isJsonObject } from '../event/source-event.ts';
import type { EndFact } from './spans-of-fact.ts';

/** The places that spans name. */
export interface AttributeSource {
  /** Name of the journal's stream; absent where it is not known. */
  streamName?: string | undefined;
  /** Host and port of the target; absent where they are not known. */
  target?: { host: string; port: number } | undefined;
}

/** Maximum length of an attribute's text, in characters; that of an error's message in a fact is 2,000. */
const MAX_CHARACTERS = 2048;

/**
 * Attributes of each kind of span, by the names of OpenTelemetry's semantic conventions where there is one; `orchestrator.*` otherwise. No payload,
 * no credential, no header. Pure.
 */
export const attributesOf = {
  receipt: (fact: ReceivedFact, source: AttributeSource) =>
    present({
      ...common(fact),
      ...journal(source, 'send'),
      ...(fact.replay ? {} : { 'http.request.method': 'POST', 'http.route': '/events' }),
      'orchestrator.key.name': fact.keyName,
      'orchestrator.request.id': fact.requestId,
    }),

  queue: (fact: EndFact, source: AttributeSource) =>
    present({ ...common(fact), ...journal(source, 'receive') }),

  end: (fact: EndFact, source: AttributeSource) =>
    present({
      ...common(fact),
      ...journal(source, 'process'),
      'orchestrator.attempts': Array.isArray(fact.attempts) ? fact.attempts.length : undefined,
      ...(fact.type === 'delivered'
        ? { 'orchestrator.verified': fact.verified }
        : failure(fact.error)),
      ...(fact.type === 'deferred' ? { 'orchestrator.until': fact.until } : {}),
      ...(fact.type === 'deadLettered' ? { 'orchestrator.reason': fact.reason } : {}),
    }),

  attempt: ({ outcome, status }: Attempt, fact: EndFact, { target }: AttributeSource) =>
    present({
      ...common(fact),
      'http.request.method': 'POST',
      'http.response.status_code': status,
      'server.address': target?.host,
      'server.port': target?.port,
      // A duplicate is found by a creation or by a lookup; an attempt does not tell by which.
      'graphql.operation.type': outcome === 'duplicate' ? undefined : 'mutation',
      'orchestrator.outcome': outcome,
      'error.type': outcome === 'delivered' || outcome === 'duplicate' ? undefined : outcome,
    }),
};

function common({ eventId, replay, deferral }: Fact) {
  return {
    'messaging.message.id': eventId,
    'orchestrator.run.id': replay?.runId,
    'orchestrator.deferral': deferral,
  };
}

function journal({ streamName }: AttributeSource, operation: 'send' | 'receive' | 'process') {
  return {
    'messaging.system': 'aws.kinesis',
    'messaging.destination.name': streamName,
    'messaging.operation.type': operation,
    'messaging.operation.name': operation,
  };
}

function failure(error: unknown) {
  const { code, status } = isJsonObject(error) ? error : {};
  return { 'error.type': code, 'http.response.status_code': status };
}

/** The members that have a value which an attribute can hold, texts cut. */
function present(members: Record<string, unknown>): Attributes {
  const attributes: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(members)) {
    if (typeof value === 'string' && value !== '')
      attributes[name] = value.slice(0, MAX_CHARACTERS);
    else if (typeof value === 'boolean' || Number.isFinite(value))
      attributes[name] = value as AttributeValue;
  }
  return attributes;
}
