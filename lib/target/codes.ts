import { type CodeKind, kindOfWords } from './code-words.ts';
import { readStatusCode } from './status.ts';

/** Codes that a target uses besides the known ones, normalised by {@link normaliseCode}. */
export type TargetCodes = Record<Exclude<CodeKind, 'absent'>, ReadonlySet<string>>;

/** Strongest first: of several indications, the first of these decides. */
export const PRECEDENCE = [
  'throttled',
  'unauthorized',
  'duplicate',
  'unknown',
  'unavailable',
  'rejected',
] as const satisfies (keyof TargetCodes)[];

/** The settings' codes, as the target spells them, beside the built-in ones; a code of the settings always wins. Pure. */
export function withCodes(
  more: Partial<Record<keyof TargetCodes, readonly string[]>>,
): TargetCodes {
  const listed = (kind: keyof TargetCodes) => new Set((more[kind] ?? []).map(normaliseCode));
  return {
    duplicate: listed('duplicate'),
    throttled: listed('throttled'),
    unavailable: listed('unavailable'),
    unknown: listed('unknown'),
    unauthorized: listed('unauthorized'),
    rejected: listed('rejected'),
  };
}

export const DEFAULT_CODES: TargetCodes = withCodes({});

/** `rate-limit-exceeded`, `Rate_Limit_Exceeded` and `RateLimitExceededException` are `RATELIMITEXCEEDED`. Pure. */
export function normaliseCode(code: string): string {
  const plain = code.toUpperCase().replace(/[^A-Z0-9]/g, '');
  return plain.replace(/(?<=.)(EXCEPTION|ERROR)$/, '');
}

/** The strongest kind under which the settings list one of these codes. Pure. */
export function listedKind(
  given: readonly string[],
  codes: TargetCodes,
): keyof TargetCodes | undefined {
  const spellings = given.flatMap((code) => [
    normaliseCode(code),
    normaliseCode(lastSegment(code)),
  ]);
  return PRECEDENCE.find((kind) => spellings.some((code) => codes[kind].has(code)));
}

/**
 * The built-in meaning of one code; `undefined` for one that says nothing we know. A code with segments, such as
 * `DynamoDB:ConditionalCheckFailedException`, is read by its last one first. Pure.
 */
export function kindOfCode(code: string): CodeKind | undefined {
  const status = readStatusCode(code);
  if (status !== undefined) return kindOfStatusCode(status);
  const last = lastSegment(code);
  return (
    kindOfWords(normaliseCode(last)) ??
    (last === code ? undefined : kindOfWords(normaliseCode(code)))
  );
}

function lastSegment(code: string): string {
  return code.split(/[:.]/).findLast((part) => part.trim() !== '') ?? code;
}

/** An HTTP status that stands in an error: what one part of the target said to another about this call. */
function kindOfStatusCode(status: number): CodeKind | undefined {
  if (status === 429 || status === 430) return 'throttled';
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 404) return 'absent';
  if (status === 400 || status === 413 || status === 414 || status === 422) return 'rejected';
  if (status === 408 || status === 409 || status >= 500) return 'unknown';
  return 'unavailable';
}
