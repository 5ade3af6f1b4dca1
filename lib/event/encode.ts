import type { Fact } from './fact.ts';

/** One string (kept) or one run of white space outside strings (dropped). */
const STRING_OR_SPACE = /("(?:[^"\\]|\\.)*")|[\t\n\r ]+/g;

/**
 * A payload that {@link encodeFact} writes exactly as the source sent it — number forms, key order and escapes
 * included — except for white space between tokens, since a fact must stay on one line.
 */
export class VerbatimPayload {
  readonly json: string;

  /** @param json valid JSON */
  constructor(json: string) {
    this.json = json.replace(STRING_OR_SPACE, '$1');
  }

  toJSON(): unknown {
    return JSON.parse(this.json);
  }
}

const PAYLOAD_MEMBER = ',"payload":';

/**
 * The payload of an encoded fact, to be written again as it stands there: parsing and writing would change numbers, and `1e20`
 * grows fivefold. `undefined` if the fact was not written by {@link encodeFact}.
 */
export function payloadOf(encodedFact: string): VerbatimPayload | undefined {
  // It is the last member, and a quote inside the others' strings is escaped: the first match is the member.
  const start = encodedFact.indexOf(PAYLOAD_MEMBER);
  if (start === -1) return undefined;
  const json = encodedFact.slice(start + PAYLOAD_MEMBER.length, -1);
  try {
    JSON.parse(json);
  } catch {
    return undefined;
  }
  return new VerbatimPayload(json);
}

/** One fact as the bytes of one journal record: a single line of JSON, without a newline. The payload is the last member. */
export function encodeFact(fact: Fact): Uint8Array {
  if (!('payload' in fact)) return Buffer.from(JSON.stringify(fact));
  const { payload, ...others } = fact;
  const json = payload instanceof VerbatimPayload ? payload.json : JSON.stringify(payload);
  return Buffer.from(`${JSON.stringify(others).slice(0, -1)}${PAYLOAD_MEMBER}${json}}`);
}
