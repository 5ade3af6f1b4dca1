import { decodeFact } from './decode.ts';
import type { DeadLetterReason, Fact } from './fact.ts';

/** What a fact says of its event, without the payload and the attempts. Every fact is one. */
export type FactHead = Pick<Fact, 'type' | 'eventId' | 'at'> & {
  replay?: { runId: string };
  /** Of `delivered`. */
  verified?: true;
  /** Of `deadLettered`. */
  reason?: DeadLetterReason;
};

export type HeadDecoding = { valid: true; fact: FactHead } | { valid: false; detail: string };

/** A fact as this project writes it, up to where its payload or its attempts begin, with no escape in what is looked at. */
const HEAD =
  /^\{"v":1,(?:"type":"(received)",)?"eventId":"([^"\\]+)","at":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)","traceId":"\w*"(?:,"replay":\{"runId":"([^"\\]*)","reason":"(?:[^"\\]|\\.)*"\})?,"(?:payload|type":"(delivered|deadLettered))":?/;

const REASON = '"reason":"';
const VERIFIED = ',"verified":true}';

/**
 * As `decodeFact`, for those who read millions of facts and need no payload: two to three times as fast. What is not
 * written as expected is decoded whole. Damage inside a payload is not seen, except that a line which was cut is.
 */
export function decodeHead(text: string): HeadDecoding {
  const match = text.endsWith('}') ? HEAD.exec(text) : null;
  if (!match) return decodeFact(text);
  const [head, received, eventId = '', at = '', runId, ended] = match;
  // Both at once, or neither: not as this project writes it.
  if ((received === undefined) === (ended === undefined)) return decodeFact(text);
  const fact: FactHead = { type: (received ?? ended) as Fact['type'], eventId, at };
  if (runId !== undefined) fact.replay = { runId };
  if (ended === 'delivered' && text.endsWith(VERIFIED)) fact.verified = true;
  if (ended === 'deadLettered') {
    const reason = reasonAfter(text, head.length);
    if (reason === undefined) return decodeFact(text);
    fact.reason = reason;
  }
  return { valid: true, fact };
}

/** It follows the attempts, which hold no text of others. */
function reasonAfter(text: string, from: number): DeadLetterReason | undefined {
  const start = text.indexOf(REASON, from);
  if (start === -1) return undefined;
  const reason = text.slice(start + REASON.length, text.indexOf('"', start + REASON.length));
  return reason === 'malformed' || reason === 'rejected' || reason === 'exhausted'
    ? reason
    : undefined;
}
