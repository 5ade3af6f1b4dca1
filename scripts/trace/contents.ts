import { isJsonObject } from '../../lib/event/source-event.ts';
import { safeJson } from '../../lib/safe-text.ts';
import type { TraceHistory } from './trace-history.ts';

/** A payload is shown up to this length, in characters. */
const SHOWN_CHARACTERS = 500;

/** The event's name and payload, as far as its facts have them. */
interface Contents {
  name?: string;
  payload?: unknown;
}

/** The status table keeps the name, the archive everything. Pure. */
export function contentsOf({ facts }: Pick<TraceHistory, 'facts'>): Contents {
  const contents: Contents = {};
  for (const { fact } of facts) {
    const { name, payload } = fact as Contents;
    const given = isJsonObject(payload) ? payload.name : name;
    if (typeof given === 'string') contents.name = given;
    if (payload !== undefined) contents.payload = payload;
  }
  return contents;
}

/** The contents as lines for a person, a long payload cut. Pure. */
export function contentLines({ name, payload }: Contents): string[] {
  const json = payload === undefined ? undefined : safeJson(payload);
  const more = (json?.length ?? 0) - SHOWN_CHARACTERS;
  const cut = more > 0 ? ` … and ${more} characters more: see them with --json` : '';
  return [
    ...(name === undefined ? [] : [`name     ${name}`]),
    json === undefined
      ? 'payload  not in the status table: see it with --archive'
      : `payload  ${json.slice(0, SHOWN_CHARACTERS)}${cut}`,
  ];
}
