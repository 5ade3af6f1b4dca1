import type { Failure } from '../ports.ts';
import type { TargetResponse } from './answer.ts';
import { type Finding, UNCODED } from './findings.ts';
import { waitMsOf } from './wait-ms.ts';

/** What a failure shows of its cause. */
export type Cause = Pick<Failure, 'code' | 'message'>;

/** The code of a 2xx with neither the item nor an error. */
export const NO_DATA = 'NO_DATA';

/** The code of a 2xx whose body is no JSON. */
export const UNREADABLE = 'UNREADABLE';

/** Maximum length of a message, in characters. */
const MAX_MESSAGE = 2000;

/** A failure with the wait that the answer asks for. Pure. */
export function failureOf(
  { code, message }: Cause,
  answer: TargetResponse,
  nowMs: number,
): Failure {
  const waitMs = waitMsOf(answer, nowMs);
  const isCoded = code !== UNCODED || answer.status < 300;
  return {
    code: isCoded ? code : `HTTP_${answer.status}`,
    message: message.slice(0, MAX_MESSAGE),
    ...(waitMs === undefined ? {} : { waitMs }),
  };
}

/** The error that goes with a status, or the status itself. Pure. */
export function causeOfStatus(
  kind: Finding['kind'],
  findings: readonly Finding[],
  answer: TargetResponse,
): Cause {
  const cause = findings.find((finding) => finding.kind === kind);
  const message = findings[0]?.message ?? textOf(answer);
  return cause ?? { code: `HTTP_${answer.status}`, message };
}

/** Several findings of one kind as one: the first's code, and every message. Pure. */
export function allCauses(findings: readonly Finding[]): Cause {
  const message = [...new Set(findings.map((finding) => finding.message))].join('; ');
  return { code: findings[0]?.code ?? UNCODED, message };
}

/** An answer without any error that concerns the item. Pure. */
export function causeOfAnswer(answer: TargetResponse): Cause {
  const { status, body } = answer;
  if (status >= 300) return { code: `HTTP_${status}`, message: textOf(answer) };
  const isText = typeof body === 'string' && body !== '';
  return { code: isText ? UNREADABLE : NO_DATA, message: textOf(answer) };
}

function textOf({ status, body }: TargetResponse): string {
  if (status >= 300) return `the target returned status ${status}`;
  return typeof body === 'string' && body !== ''
    ? `the target returned status ${status} with a body that is no JSON`
    : `the target returned status ${status} with neither this item nor errors`;
}
