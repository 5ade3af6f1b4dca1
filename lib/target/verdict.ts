import type { Failure, Verdict } from '../ports.ts';
import type { TargetAnswer, TargetResponse } from './answer.ts';
import type { TargetCodes } from './codes.ts';
import type { ContractVerdict } from './contract.ts';
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
import { CONTRACT_FAULT, isNeverSent } from './no-response.ts';
import { isSizeStatus, kindOfStatus, type StatusKind } from './status.ts';
import { retryAfterMsOf, waitMsOf } from './wait-ms.ts';

/** One event in an answer, with what the target contract says of it. */
export interface CreatedItem extends Fields {
  /** The first of the contract's own verdicts that applies. */
  contractVerdict?: ContractVerdict | undefined;
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

/** The code of a 2xx with neither the item nor an error. */
export const NO_DATA = 'NO_DATA';

/** The code of a 2xx whose body is no JSON. */
export const UNREADABLE = 'UNREADABLE';

/** Maximum length of a message, in characters. */
const MAX_MESSAGE = 2000;

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
    const { code, message } = answer;
    return { kind: isNeverSent(answer) ? 'unavailable' : 'unknown', code, message };
  }
  if (item.created === true && !item.contractVerdict) return { kind: 'delivered' };
  const findings = [
    ...userErrorFindings(item.userErrors, options.codes),
    ...findingsOf(answer, item, options.codes),
  ];
  const fail = (kind: FailureKind, said: Said) => failure(kind, answer, said, options);
  if (item.contractVerdict) return contractVerdict(item.contractVerdict, findings, answer, fail);
  const statusKind = statusKindOf(answer, findings);
  if (statusKind) return fail(statusKind, saidOf(statusKind, findings, answer));
  if (item.created === 'fault' && hasData(answer, item.field))
    return fail('unknown', faultOf(item));
  return errorVerdict(item, findings, answer, fail);
}

/** What a failure shows of its cause. */
type Said = Pick<Failure, 'code' | 'message'>;
type Fail = (kind: FailureKind, said: Said) => Verdict;

function faultOf({ fault }: CreatedItem): Said {
  const message = fault ?? 'the target contract fails to evaluate on this answer';
  return { code: CONTRACT_FAULT, message };
}

function contractVerdict(
  kind: ContractVerdict,
  findings: Finding[],
  answer: TargetResponse,
  fail: Fail,
): Verdict {
  if (kind === 'delivered' || kind === 'duplicate') return { kind };
  return fail(kind, findings.length > 0 ? together(findings) : plain(answer));
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
  return typeof body === 'string' && namesThrottle(body.slice(0, MAX_MESSAGE));
}

function errorVerdict(
  item: CreatedItem,
  findings: Finding[],
  answer: TargetResponse,
  fail: Fail,
): Verdict {
  const cause = strongest(findings);
  if (!cause?.kind && isSizeStatus(answer.status)) return fail('rejected', plain(answer));
  if (!cause) return fail('unknown', plain(answer));
  const { kind } = cause;
  if (kind === undefined || kind === 'absent') return fail('unknown', cause);
  if (kind === 'duplicate') return { kind };
  // The root field has returned something beside the error: its work may be done.
  const mayBeDone = !cause.isUserError && (cause.isDeep || hasData(answer, item.field));
  if (mayBeDone) return fail('unknown', cause);
  return fail(kind, together(findings.filter((each) => each.kind === kind)));
}

/** What the status's own cause says, or the status itself. */
function saidOf(kind: StatusKind, findings: Finding[], answer: TargetResponse): Said {
  const cause = findings.find((finding) => finding.kind === kind);
  return (
    cause ?? { code: `HTTP_${answer.status}`, message: findings[0]?.message ?? plainText(answer) }
  );
}

/** Several findings of one kind as one: the first's code, and every message. */
function together(findings: Finding[]): Said {
  const message = [...new Set(findings.map((finding) => finding.message))].join('; ');
  return { code: findings[0]?.code ?? UNCODED, message };
}

/** An answer without any error that concerns the item. */
function plain(answer: TargetResponse): Said {
  const { status, body } = answer;
  if (status >= 300) return { code: `HTTP_${status}`, message: plainText(answer) };
  const isText = typeof body === 'string' && body !== '';
  return { code: isText ? UNREADABLE : NO_DATA, message: plainText(answer) };
}

function plainText({ status, body }: TargetResponse): string {
  if (status >= 300) return `the target returned status ${status}`;
  return typeof body === 'string' && body !== ''
    ? `the target returned status ${status} with a body that is no JSON`
    : `the target returned status ${status} with neither this item nor errors`;
}

function failure(
  kind: FailureKind,
  answer: TargetResponse,
  { code, message }: Said,
  { nowMs }: VerdictOptions,
): Verdict {
  const waitMs = waitMsOf(answer, nowMs);
  const isCoded = code !== UNCODED || answer.status < 300;
  return {
    kind,
    code: isCoded ? code : `HTTP_${answer.status}`,
    message: message.slice(0, MAX_MESSAGE),
    ...(waitMs === undefined ? {} : { waitMs }),
  };
}
