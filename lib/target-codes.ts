import * as v from 'valibot';

/** A function's environment has 4 KB for everything (AWS Lambda quotas). */
const MAX_CHARACTERS = 2000;

const codes = v.optional(
  v.array(
    v.pipe(
      v.string('must be a string'),
      v.regex(
        /^[^,\s](?:[^,]*[^,\s])?$/,
        'must be a code without a comma, and without spaces around it',
      ),
    ),
    'must be a list of codes',
  ),
  () => [],
);

const MEANINGS = [
  'duplicate',
  'throttled',
  'unavailable',
  'unknown',
  'unauthorized',
  'rejected',
] as const;

/** All verdicts on an event. */
export const VERDICTS = ['delivered', ...MEANINGS] as const;

/** Error codes by what they mean: the verdicts of `lib/ports.ts` that a code can lead to. */
export type TargetCodes = Record<(typeof MEANINGS)[number], string[]>;

/** The setting `target_codes`: error codes of this target, besides those that are known of GraphQL servers, by what they mean. */
export const targetCodes = v.pipe(
  v.strictObject(v.entriesFromList(MEANINGS, codes)),
  v.check(
    (lists: TargetCodes) => repeatedCode(lists) === undefined,
    ({ input }) => `must have each code once, and ${repeatedCode(input)} is there again`,
  ),
  v.check(
    (lists) => Object.values(lists).flat().join(',').length <= MAX_CHARACTERS,
    'must have at most 2,000 characters: the codes are in the function’s environment, which has 4 KB',
  ),
);

/** The lists as dispatch reads them from its environment; only those that hold something. */
export function environmentOfCodes(lists: TargetCodes): Record<string, string> {
  const filled = Object.entries(lists).filter(([, list]) => list.length > 0);
  return Object.fromEntries(
    filled.map(([verdict, list]) => [`TARGET_${verdict.toUpperCase()}_CODES`, list.join(',')]),
  );
}

/** Servers do not tell codes apart by case. */
function repeatedCode(lists: TargetCodes): string | undefined {
  const all = Object.values(lists).flat();
  const upper = all.map((code) => code.toUpperCase());
  return all.find((_, index) => upper.indexOf(upper[index] ?? '') !== index);
}
