import { isJsonObject } from '../event/source-event.ts';
import type { NormalisedError } from './contract.ts';
import { readCodes } from './read-codes.ts';

/** Entries of `errors` that are read; each costs some regular expressions for each event in the request. */
const MAX_ERRORS = 200;

/** Messages are cut here, so that no later expression meets a megabyte of text. */
const MAX_MESSAGE = 2000;

const MESSAGE_NAMES = [
  'message',
  'messages',
  'error_message', // monday, before its 2025 versions
  'error_description', // OAuth
  'detail',
  'title',
  'error',
];

/** An entry of `errors`, with every code that the server gave it. */
export interface TargetError extends NormalisedError {
  /** As the server spells them; HTTP statuses as digits. The first is {@link NormalisedError.code}. */
  codes: string[];
  /**
   * False for the body of a response that has no `errors`, such as `{"message": "Forbidden"}`: it comes from a gateway, and says
   * nothing about the event.
   */
  isGraphQl: boolean;
}

/**
 * The errors of a parsed body. Servers send lists, single objects and texts as `errors`, and gateways send bodies without it;
 * entries may be texts or `null`. Pure, never throws.
 */
export function readErrors(body: unknown): TargetError[] {
  if (!isJsonObject(body)) return [];
  const errors = body.errors ?? (isJsonObject(body.error) ? body.error.errors : undefined);
  if (Array.isArray(errors))
    return errors.slice(0, MAX_ERRORS).map((error) => readError(error, true));
  if (errors && !isEmpty(errors)) return [readError(errors, true)];
  return body.data === undefined || body.data === null ? readGatewayError(body) : [];
}

/** Reads one entry of `errors`, or one error that the API reports as data. Pure, never throws. */
export function readError(error: unknown, isGraphQl: boolean): TargetError {
  const source = isJsonObject(error) ? error : {};
  const codes = readCodes(source);
  return {
    message: messageOf(error).slice(0, MAX_MESSAGE),
    code: codes[0] ?? '',
    path: isPath(source.path) ? source.path : [],
    extensions: isJsonObject(source.extensions) ? source.extensions : {},
    codes,
    isGraphQl,
  };
}

/** `{"message": …}`, `{"error": {…}}`, `{"error": "invalid_token", …}` and problem documents (RFC 9457). */
function readGatewayError(body: Record<string, unknown>): TargetError[] {
  const source = isJsonObject(body.error) ? { ...body, ...body.error } : body;
  const known = ['message', 'error_message', 'error', 'title', 'detail', 'code', 'error_code'];
  if (!known.some((name) => typeof source[name] === 'string')) return [];
  return [readError(source, false)];
}

/** What has no message gets its own text as one. */
function messageOf(error: unknown): string {
  if (typeof error === 'string') return error;
  if (isJsonObject(error)) {
    const found = MESSAGE_NAMES.map((name) => textOf(error[name])).find((text) => text !== '');
    if (found) return found;
  }
  return JSON.stringify(error) ?? '';
}

/** Some servers send an empty object in place of an empty list. */
function isEmpty(errors: unknown): boolean {
  return isJsonObject(errors) && Object.keys(errors).length === 0;
}

function isPath(value: unknown): value is (string | number)[] {
  return (
    Array.isArray(value) &&
    value.every((part) => typeof part === 'string' || typeof part === 'number')
  );
}

/** A text, or a list of texts as one. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
    ? value.join('; ')
    : '';
}
