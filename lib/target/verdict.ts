import type { Verdict } from '../ports.ts';
import type { TargetAnswer, TargetResponse } from './answer.ts';
import { isDocumentCode } from './code-words.ts';
import { normaliseCode, type TargetCodes } from './codes.ts';
import type { ContractFinding } from './contract.ts';
import { allCauses, type Cause, causeOfAnswer, causeOfStatus, failureOf } from './failure.ts';
import {
  type Fields,
  type Finding,
  findingsOf,
  hasData,
  strongest,
  UNCODED,
  userErrorFindings,
} from './findings.ts';
import { namesThrottle } from './messages.ts';
import { CONTRACT_FAULT, CONTRACT_VERDICT, isNeverSent } from './no-response.ts';
import { isSizeStatus, kindOfStatus, type StatusKind } from './status.ts';
import { retryAfterMsOf } from './wait-ms.ts';

/** One event in an answer, with what the target contract says of it. */
export interface CreatedItem extends Fields {
  /** The first of the contract's own verdicts that applies. */
  contractFinding?: ContractFinding | undefined;
  /** True when the item exists at the target and is this event's; `fault` when the expression failed. */
  created: boolean | 'fault';
  /** The message of that fault. */
  fault?: string | undefined;
  /** Errors that the API reports as data. */
  userErrors: unknown[];
}

export interface VerdictOptions {
  codes: TargetCodes;
  nowMs: number;
}

type FailureKind = Exclude<Verdict['kind'], 'delivered' | 'duplicate'>;

/**
 * Decides the meaning of an answer for one event that was to be created: first what the contract says, then success, then
 * statuses about the target, then errors. An answer without evidence about the event is `unknown`. Pure.
 */
export function verdictOf(
  answer: TargetAnswer,
  item: CreatedItem,
  options: VerdictOptions,
): Verdict {
  if (answer.kind === 'noResponse') {
    const { code, message, reusedConnection } = answer;
    const kind = isNeverSent(answer) ? 'unavailable' : 'unknown';
    return { kind, code, message, ...(reusedConnection ? { reusedConnection } : {}) };
  }
  if (item.created === true && !item.contractFinding) return { kind: 'delivered' };
  const findings = [
    ...userErrorFindings(item.userErrors, options.codes),
    ...findingsOf(answer, item, options.codes),
  ];
  const fail: Fail = (kind, cause) => ({ kind, ...failureOf(cause, answer, options.nowMs) });
  if (item.contractFinding) return contractVerdict(item.contractFinding, findings, answer, fail);
  const statusKind = statusKindOf(answer, findings);
  if (statusKind) return fail(statusKind, causeOfStatus(statusKind, findings, answer));
  if (item.created === 'fault' && hasData(answer, item.field))
    return fail('unknown', faultOf(item));
  return errorVerdict(item, findings, answer, fail);
}

type Fail = (kind: FailureKind, cause: Cause) => Verdict;

/** Neither a status nor an error tells more. */
function causeOfContract(answer: TargetResponse): Cause {
  if (answer.status >= 300) return causeOfAnswer(answer);
  return {
    code: CONTRACT_VERDICT,
    message: 'a verdict of the target contract applies, and the answer names no cause',
  };
}

function faultOf({ fault }: CreatedItem): Cause {
  const message = fault ?? 'the target contract fails to evaluate on this answer';
  return { code: CONTRACT_FAULT, message };
}

function contractVerdict(
  { verdict: kind, waitMs }: ContractFinding,
  findings: Finding[],
  answer: TargetResponse,
  fail: Fail,
): Verdict {
  if (kind === 'delivered' || kind === 'duplicate') return { kind };
  const cause = findings.length > 0 ? allCauses(findings) : causeOfContract(answer);
  return { ...fail(kind, cause), ...(waitMs === undefined ? {} : { waitMs }) };
}

/**
 * The kind that the status decides alone. A refused credential and an overload are told apart by what stands beside the status:
 * GitHub's secondary limit is a 403 with `Retry-After`, and routers send 503 with a throttling code.
 */
function statusKindOf(answer: TargetResponse, findings: Finding[]): StatusKind | undefined {
  const kind = kindOfStatus(answer.status);
  const isThrottled = findings.some((finding) => finding.kind === 'throttled' && !finding.isDeep);
  if (kind === 'unauthorized' && (isThrottled || limitsUs(answer))) return 'throttled';
  const isCoded = findings.some((finding) => finding.code !== UNCODED);
  return answer.status === 503 && isThrottled && isCoded ? 'throttled' : kind;
}

function limitsUs({ headers, body }: TargetResponse): boolean {
  if (retryAfterMsOf(headers, 0) !== undefined) return true;
  if (headers['x-ratelimit-remaining']?.trim() === '0') return true;
  return typeof body === 'string' && namesThrottle(body.slice(0, 2000));
}

function errorVerdict(
  item: CreatedItem,
  findings: Finding[],
  answer: TargetResponse,
  fail: Fail,
): Verdict {
  const cause = strongest(findings);
  if (!cause?.kind && isSizeStatus(answer.status)) return fail('rejected', causeOfAnswer(answer));
  if (!cause) return fail('unknown', causeOfAnswer(answer));
  const { kind } = cause;
  if (kind === undefined || kind === 'absent') return fail('unknown', cause);
  if (kind === 'duplicate') return { kind };
  // The root field has returned something beside the error: its work may be done.
  const mayBeDone = !cause.isUserError && (cause.isDeep || hasData(answer, item.field));
  if (mayBeDone) return fail('unknown', cause);
  const causes = findings.filter((each) => each.kind === kind);
  const refusesDocument = kind === 'unavailable' && causes.every(isOfDocument);
  const verdict = fail(refusesDocument ? 'rejected' : kind, allCauses(causes));
  return refusesDocument && verdict.kind === 'rejected'
    ? { ...verdict, isAboutDocument: true }
    : verdict;
}

const isOfDocument = ({ code }: Finding) => isDocumentCode(normaliseCode(code));
