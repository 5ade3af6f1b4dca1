import { jsonObjectOf } from '../event/source-event.ts';
import type { TargetNumbers } from './flow-numbers.ts';

/** The newest statement of dispatch's log about the target. */
interface TargetReport {
  state: TargetNumbers['state'];
  atMs: number;
  /** The last error; absent for a target that is well. */
  cause: string | undefined;
}

const STATES = new Set<unknown>(['well', 'closed', 'sick']);

/**
 * Reads the newest line of dispatch's log that tells the target's health: the report of a batch, or a change of health. Other text may stand
 * before the JSON of a line. Pure.
 */
export function targetReportOf(log: string): TargetReport | undefined {
  const lines = log.split('\n');
  for (let index = lines.length - 1; index >= 0; index--) {
    const report = reportOfLine(lines[index] ?? '');
    if (report) return report;
  }
  return undefined;
}

function reportOfLine(line: string): TargetReport | undefined {
  const start = line.indexOf('{');
  if (start < 0 || !line.includes('"targetHealth"')) return undefined;
  const entry = jsonObjectOf(line.slice(start));
  if (!entry) return undefined;
  const atMs = Date.parse(String(entry.at));
  const { targetHealth: state } = entry;
  if (!STATES.has(state) || Number.isNaN(atMs)) return undefined;
  const { code, cause } = entry;
  const reason = [code, cause].filter((text) => typeof text === 'string').join(': ');
  return { state: state as TargetReport['state'], atMs, cause: reason || undefined };
}

/** The inputs for judging the target. */
interface TargetEvidence {
  signs: TargetNumbers;
  /** The log of dispatch, where it can be read. */
  report: TargetReport | undefined;
  isDispatching: boolean;
  /** Age of the oldest event that waits. */
  lagMs: number;
  nowMs: number;
}

/** Events wait and none succeeds for this long after a failure: the target counts as sick. */
const NO_SUCCESS_MS = 3000;

/** The health of the target by the newest that is known. Pure. */
export function judgeTarget(evidence: TargetEvidence): TargetNumbers {
  const { signs, report, isDispatching, lagMs, nowMs } = evidence;
  const { lastSuccessMs, lastFailureMs } = signs;
  if (report && report.atMs >= Math.max(lastSuccessMs ?? 0, lastFailureMs ?? 0))
    return {
      ...signs,
      state: report.state,
      sinceMs: report.state === signs.state ? signs.sinceMs : report.atMs,
      lastFailure: report.cause ?? signs.lastFailure,
    };
  const isStuck = lagMs > NO_SUCCESS_MS && nowMs - (lastSuccessMs ?? 0) > NO_SUCCESS_MS;
  const hasFailed = lastFailureMs !== null && lastFailureMs > (lastSuccessMs ?? 0);
  if (signs.state === 'well' && isDispatching && isStuck && hasFailed)
    return { ...signs, state: 'sick', sinceMs: lastSuccessMs };
  return signs;
}
