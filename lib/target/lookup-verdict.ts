import type { Failure, LookupVerdict } from '../ports.ts';
import { fieldOf, type TargetAnswer, type TargetResponse } from './answer.ts';
import type { TargetCodes } from './codes.ts';
import type { ContractFinding } from './contract.ts';
import { NO_DATA } from './failure.ts';
import { type Fields, findingsOf, hasData } from './findings.ts';
import { CONTRACT_FAULT } from './no-response.ts';
import { type VerdictOptions, verdictOf } from './verdict.ts';

/** One event that was looked up, with what the target contract says of it. */
export interface LookedUpItem extends Fields {
  contractFinding?: ContractFinding | undefined;
  /** True when the item exists at the target and is this event's; `fault` when the expression failed. */
  found: boolean | 'fault';
  /** The message of that fault. */
  fault?: string | undefined;
}

/**
 * Decides the meaning of an answer for one event that was looked up. Only a clean "not found" is `absent`, because it permits
 * another creation; every answer that is neither that nor a find is a failure of the lookup. A contract's `delivered` or
 * `duplicate` is a find; its `rejected` is about the lookup itself, so that nothing is known of the event. Pure.
 */
export function lookupVerdictOf(
  answer: TargetAnswer,
  item: LookedUpItem,
  options: VerdictOptions,
): LookupVerdict {
  if (answer.kind === 'response' && !item.contractFinding && isAbsent(answer, item, options.codes))
    return { kind: 'absent' };
  const asCreation = { ...item, created: item.found, userErrors: [] };
  const verdict = verdictOf(answer, asCreation, options);
  switch (verdict.kind) {
    case 'delivered':
      return { kind: 'found' };
    case 'duplicate':
      if (item.contractFinding) return { kind: 'found' };
      return { kind: 'unavailable', code: 'DUPLICATE', message: 'a lookup that names a duplicate' };
    case 'throttled':
    case 'unauthorized':
      return verdict;
    case 'unavailable':
    case 'unknown':
      return { ...verdict, kind: 'unavailable', ...faultOf(item, verdict.code) };
    case 'rejected': {
      const { isAboutDocument: _, ...failure } = verdict;
      return { ...failure, kind: 'unavailable', ...faultOf(item, verdict.code) };
    }
  }
}

/** An answer without data for the item and without errors says nothing of its own: the fault is the cause. */
function faultOf({ found, fault }: LookedUpItem, code: string): Partial<Failure> {
  if (found !== 'fault' || fault === undefined || code !== NO_DATA) return {};
  return { code: CONTRACT_FAULT, message: fault };
}

/**
 * A clean "not found": a 2xx whose data has the field, which `found` evaluates to false (`null`, an empty list, or items of
 * others), without an error that concerns the item; or errors whose codes all say so of this very item.
 */
function isAbsent(answer: TargetResponse, item: LookedUpItem, codes: TargetCodes): boolean {
  if (answer.status < 200 || answer.status >= 300 || item.found !== false) return false;
  const findings = findingsOf(answer, item, codes);
  if (findings.length === 0) return fieldOf(answer, item.field) !== undefined;
  if (hasData(answer, item.field)) return false;
  return findings.every(
    ({ kind, isOwn, isDeep }) =>
      kind === 'absent' && !isDeep && (isOwn || item.fields.length === 1),
  );
}
