import { fieldOf, type TargetResponse } from './answer.ts';
import type { CodeKind } from './code-words.ts';
import { kindOfCode, listedKind, normaliseCode, PRECEDENCE, type TargetCodes } from './codes.ts';
import {
  kindOfMessage,
  namesDuplicate,
  namesSchema,
  namesThrottle,
  namesVariableValue,
} from './messages.ts';
import { readError, type TargetError } from './read-errors.ts';
import { readStatusCode } from './status.ts';

/** The code of an error to which the server gave none. */
export const UNCODED = 'GRAPHQL_ERROR';

/** The meaning of one error for one item. */
export interface Finding {
  /** `undefined` where the error says nothing we know. */
  kind: CodeKind | undefined;
  /** The server's own code, or {@link UNCODED}. */
  code: string;
  message: string;
  /** The error names this item by its path. */
  isOwn: boolean;
  /** The root field had already returned when this happened, so that its work may be done. */
  isDeep: boolean;
  /** The API reports it as data. */
  isUserError: boolean;
}

/** The response field of an item, and those of all items in the request. */
export interface Fields {
  field: string;
  fields: readonly string[];
}

/**
 * The findings about one item. An error counts for the item whose field its `path` begins with; one without a path, or with another
 * beginning (graphql-ruby puts the operation first), counts for every item. Pure.
 */
export function findingsOf(answer: TargetResponse, item: Fields, codes: TargetCodes): Finding[] {
  return answer.errors
    .filter(({ path }) => concerns(path, item))
    .map((error) => {
      const isOwn = error.path[0] === item.field;
      const kind = kindOfError(error, isOwn, codes);
      return { ...named(error), kind, isOwn, isDeep: isOwn && error.path.length > 1 };
    });
}

/** True for an error with the item's path, with none, or with one that belongs to no item of the request. */
export function concerns([root]: (string | number)[], { field, fields }: Fields): boolean {
  return root === undefined || root === field || !fields.includes(String(root));
}

/** The findings of errors that the API reports as data: what says nothing we know is about the input. Pure. */
export function userErrorFindings(userErrors: readonly unknown[], codes: TargetCodes): Finding[] {
  return userErrors
    .filter((error) => error !== null && error !== undefined)
    .map((value) => {
      const error = readError(value, true);
      const kind = kindOfUserError(error, codes);
      return { ...named(error), kind, isOwn: true, isDeep: false, isUserError: true };
    });
}

/** The strongest of several findings; one that says nothing we know counts as `unknown`. Pure. */
export function strongest(findings: readonly Finding[]): Finding | undefined {
  const rank = ({ kind }: Finding) =>
    PRECEDENCE.indexOf(kind === undefined || kind === 'absent' ? 'unknown' : kind);
  return findings.toSorted((one, other) => rank(one) - rank(other))[0];
}

/** True where the answer holds something for the item: its root field has returned. Pure. */
export function hasData(answer: TargetResponse, field: string): boolean {
  const value = fieldOf(answer, field);
  return value !== undefined && value !== null;
}

function named({ code, message }: TargetError) {
  return { code: shownCode(code), message, isUserError: false };
}

/** A code as it appears in facts and logs. */
function shownCode(code: string): string {
  const status = readStatusCode(code);
  if (status !== undefined) return `HTTP_${status}`;
  return code.trim().toUpperCase().replaceAll('-', '_').slice(0, 100) || UNCODED;
}

function kindOfError(error: TargetError, isOwn: boolean, codes: TargetCodes): Finding['kind'] {
  if (!error.isGraphQl) return kindOfGatewayError(error, codes);
  if (error.codes.length === 0) return kindOfMessage(error.message, { isOwn });
  const listed = listedKind(error.codes, codes);
  if (listed) return listed;
  const kind = kindOfCodes(error.codes);
  if (kind === 'unavailable' && isAboutInput(error, isOwn)) return 'rejected';
  return kind === 'rejected' && namesDuplicate(error.message) ? 'unknown' : kind;
}

function kindOfUserError(error: TargetError, codes: TargetCodes): Finding['kind'] {
  const kind = kindOfError(error, true, codes);
  if (kind !== undefined && kind !== 'absent') return kind;
  return namesDuplicate(error.message) ? 'unknown' : 'rejected';
}

function kindOfCodes(given: readonly string[]): Finding['kind'] {
  const kinds = given.map(kindOfCode);
  return (
    PRECEDENCE.find((kind) => kinds.includes(kind)) ??
    (kinds.includes('absent') ? 'absent' : undefined)
  );
}

/** Codes that some servers use for the document, and others for the input. */
const AMBIGUOUS = new Set(['BADREQUEST', 'VALIDATIONFAILED']);

/** Hasura's path of a value among the arguments. */
const ARGUMENT_PATH = /\.(args|variables|variableValues)\b/;

/** The document is constant, but the values of its variables are the event's; and a resolver that runs has accepted the document. */
function isAboutInput({ codes, message, extensions }: TargetError, isOwn: boolean): boolean {
  if (namesVariableValue(message)) return true;
  if (namesSchema(message)) return false;
  if (typeof extensions.path === 'string' && ARGUMENT_PATH.test(extensions.path)) return true;
  if (!codes.some((code) => AMBIGUOUS.has(normaliseCode(code)))) return false;
  return isOwn || codes.some((code) => [400, 422].includes(readStatusCode(code) ?? 0));
}

/** A gateway knows our credential and its own limits, but nothing of the event. */
function kindOfGatewayError(error: TargetError, codes: TargetCodes): Finding['kind'] {
  const listed = listedKind(error.codes, codes);
  if (listed) return listed;
  const kind = namesThrottle(error.message)
    ? 'throttled'
    : (kindOfCodes(error.codes) ?? kindOfMessage(error.message, { isOwn: true }));
  return kind === 'throttled' || kind === 'unauthorized' ? kind : undefined;
}
