import { fieldOf, type TargetAnswer } from './answer.ts';
import { kindOfStatus } from './status.ts';

const SETTLED = new Set(['delivered', 'duplicate', 'found', 'absent']);
const ABOUT_THE_TARGET = new Set(['throttled', 'unauthorized']);

/**
 * True when a request with several events failed in a way that names not all of those that failed: too many aliases, a body that is too
 * large, or one item that made all of `data` null. Statuses and codes about the target are no such failure. Pure.
 *
 * @param verdicts one for each field, in order
 */
export function isRefusedTogether(
  answer: TargetAnswer,
  fields: readonly string[],
  verdicts: readonly { kind: string }[],
): boolean {
  if (fields.length < 2) return false;
  if (answer.kind === 'noResponse') return answer.code === 'RESPONSE_TOO_LARGE';
  if (kindOfStatus(answer.status) !== undefined) return false;
  if (verdicts.some(({ kind }) => ABOUT_THE_TARGET.has(kind))) return false;
  return fields.some(
    (field, index) =>
      !SETTLED.has(verdicts[index]?.kind ?? '') &&
      fieldOf(answer, field) == null &&
      !answer.errors.some(({ path }) => path[0] === field),
  );
}
