import { readTimestamp } from './timestamp.ts';

/** What the source application sends; fields beyond these are kept in the journal and not sent on. */
export interface SourceEvent {
  id: string;
  name: string;
  body: string;
  /** As {@link readTimestamp} takes it; kept as sent. */
  timestamp: number | string;
}

/** One bad field of a refused event, for a person to mend. */
export interface FieldProblem {
  field: string;
  detail: string;
}

type SourceEventCheck =
  | { valid: true; event: SourceEvent }
  | { valid: false; problems: FieldProblem[] };

/** The id is the partition key in the journal, which holds at most 256 UTF-16 units (Kinesis API, `PutRecord`). */
const MAX_ID_CHARACTERS = 256;

/** Some stores cut text at a NUL, or drop control characters: two such ids could become one. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

const TEXT_FIELDS = ['name', 'body'] as const;

/** Checks a parsed JSON body against the source's contract and names every bad field at once. Pure. */
export function checkSourceEvent(payload: unknown): SourceEventCheck {
  if (!isJsonObject(payload)) {
    return { valid: false, problems: [{ field: '', detail: 'The body must be a JSON object.' }] };
  }
  const problems = [
    ...idProblems(payload.id),
    ...TEXT_FIELDS.flatMap((field) => textProblem(field, payload[field])),
    ...timestampProblem(payload.timestamp),
  ];
  if (problems.length > 0) return { valid: false, problems };
  return { valid: true, event: payload as unknown as SourceEvent };
}

export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textProblem(field: string, value: unknown): FieldProblem[] {
  if (value === undefined) return [{ field, detail: 'This field is required.' }];
  if (typeof value !== 'string') return [{ field, detail: 'This field must be a string.' }];
  if (value === '') return [{ field, detail: 'This field must not be empty.' }];
  // Half of a surrogate pair becomes U+FFFD in UTF-8: what the target got would not be what was sent.
  if (!value.isWellFormed())
    return [{ field, detail: 'This field must not contain half of a surrogate pair.' }];
  return [];
}

/** Returns the reasons why no event can have that id; empty for an id that is accepted. Pure. */
export function idProblems(id: unknown): FieldProblem[] {
  return [...textProblem('id', id), ...characterProblem(id)];
}

function characterProblem(id: unknown): FieldProblem[] {
  if (typeof id !== 'string') return [];
  if (CONTROL_CHARACTER.test(id))
    return [{ field: 'id', detail: 'This field must not contain control characters.' }];
  if (id.length <= MAX_ID_CHARACTERS) return [];
  const detail = `This field must have at most ${MAX_ID_CHARACTERS} characters (UTF-16 units).`;
  return [{ field: 'id', detail }];
}

function timestampProblem(value: unknown): FieldProblem[] {
  if (value === undefined) return [{ field: 'timestamp', detail: 'This field is required.' }];
  const reading = readTimestamp(value);
  return 'problem' in reading ? [{ field: 'timestamp', detail: reading.problem }] : [];
}

/** The JSON object that a text holds; `undefined` for any other text. Pure. */
export function jsonObjectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
