import * as v from 'valibot';
import { limitAlgorithms } from './limiters.ts';

const MAX_LATENCY_MS = 600_000;
const MAX_IDLE_MS = 3_600_000;
const MAX_OUTAGE_MS = 86_400_000;

export const outageModes = ['503', 'reset', 'hang'] as const;

const share = v.pipe(
  v.number('must be a number from 0 to 1'),
  v.minValue(0, 'must be a number from 0 to 1'),
  v.maxValue(1, 'must be a number from 0 to 1'),
);

function whole(min: number, max: number) {
  const rule = `must be a whole number from ${min} to ${max}`;
  return v.pipe(v.number(rule), v.integer(rule), v.minValue(min, rule), v.maxValue(max, rule));
}

function oneOf<const Choices extends readonly string[]>(choices: Choices) {
  return v.picklist(choices, `must be one of ${choices.join(', ')}`);
}

function strict<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.strictObject(entries, (issue) => {
    if (issue.expected === 'never')
      return `is unknown; known are ${Object.keys(entries).join(', ')}`;
    return issue.expected === 'Object' ? 'must be a JSON object' : 'is missing';
  });
}

const outageSchema = strict({
  afterMs: v.optional(whole(0, MAX_OUTAGE_MS), 0),
  durationMs: whole(1, MAX_OUTAGE_MS),
  mode: v.optional(oneOf(outageModes), '503'),
});

const changeSchema = strict({
  limitPerSecond: v.exactOptional(v.nullable(whole(1, 100_000))),
  limitAlgorithm: v.exactOptional(oneOf(limitAlgorithms)),
  errorShare: v.exactOptional(share),
  lostResponseShare: v.exactOptional(share),
  latencyMs: v.exactOptional(whole(0, MAX_LATENCY_MS)),
  latencyJitterMs: v.exactOptional(whole(0, MAX_LATENCY_MS)),
  idleResetMs: v.exactOptional(v.nullable(whole(1, MAX_IDLE_MS))),
  outage: v.exactOptional(v.nullable(outageSchema)),
  allowDuplicates: v.exactOptional(v.boolean('must be true or false')),
  seed: v.exactOptional(whole(0, 2 ** 32 - 1)),
});

/** The settings to change; the others keep their value. */
export type SettingsChange = v.InferOutput<typeof changeSchema>;

/**
 * How the target behaves; everything here can be changed while it runs.
 * Shares are of the admitted calls; a call's latency is drawn evenly from `latencyMs` to `latencyMs + latencyJitterMs`.
 * A request on a connection that was idle for `idleResetMs` or longer resets it, as a NAT gateway does, and is no call.
 * An outage lasts `durationMs` and begins `afterMs` after the first call that follows its setting.
 */
export type TargetSettings = Required<SettingsChange>;

/** A setting that is not acceptable: `field` is its dotted name, empty for the whole document. */
interface SettingsProblem {
  field: string;
  message: string;
}

type CheckedChange =
  | { accepted: true; change: SettingsChange }
  | { accepted: false; problems: SettingsProblem[] };

/** A healthy target without a limit. */
export const defaultSettings: TargetSettings = {
  limitPerSecond: null,
  limitAlgorithm: 'sliding-window',
  errorShare: 0,
  lostResponseShare: 0,
  latencyMs: 0,
  latencyJitterMs: 0,
  idleResetMs: null,
  outage: null,
  allowDuplicates: false,
  seed: 1,
};

/** Checks a change against the settings it would apply to, and names every problem at once. */
export function checkChange(current: TargetSettings, input: unknown): CheckedChange {
  const parsed = v.safeParse(changeSchema, Array.isArray(input) ? undefined : input);
  if (!parsed.success) {
    const problems = parsed.issues.map((issue) => ({
      field: v.getDotPath(issue) ?? '',
      message: issue.message,
    }));
    return { accepted: false, problems };
  }
  const { errorShare, lostResponseShare } = { ...current, ...parsed.output };
  if (errorShare + lostResponseShare > 1) {
    const message = 'must leave errorShare + lostResponseShare at 1 or less';
    return { accepted: false, problems: [{ field: 'lostResponseShare', message }] };
  }
  return { accepted: true, change: parsed.output };
}
