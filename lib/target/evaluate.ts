import { isJsonObject } from '../event/source-event.ts';
import type { TargetEvent } from '../ports.ts';
import type { TargetAnswer, TargetResponse } from './answer.ts';
import type { AnswerView, ContractVerdict, TargetContract } from './contract.ts';
import { concerns, type Fields } from './findings.ts';
import type { LookedUpItem } from './lookup-verdict.ts';
import type { TargetError } from './read-errors.ts';
import type { CreatedItem } from './verdict.ts';

/** An event that was sent, and where it stands in the answer. */
export interface Place extends Fields {
  event: TargetEvent;
}

/** What the contract says of one event in the answer to a creation. Never rejects. */
export async function evaluateCreation(
  contract: TargetContract,
  answer: TargetAnswer,
  { event, field, fields }: Place,
): Promise<CreatedItem> {
  if (answer.kind === 'noResponse') return { field, fields, created: false, userErrors: [] };
  const root = contract.createField;
  const seen = { event: event.payload, data: ownData(answer, field, root) };
  const created = await orFault(contract.isCreated(seen));
  const userErrors = await contract.userErrors(seen).catch(() => undefined);
  const view = viewOf(answer, seen, { field, fields, root, userErrors: userErrors ?? [] });
  const contractVerdict = await verdictOn(contract, view);
  // Without its user errors, an answer that looks like a failure may be one of those.
  const isFault = userErrors === undefined && created === false;
  return {
    field,
    fields,
    contractVerdict,
    created: isFault ? 'fault' : created,
    userErrors: userErrors ?? [],
  };
}

/** The same for a lookup. Never rejects. */
export async function evaluateLookup(
  contract: TargetContract,
  answer: TargetAnswer,
  { event, field, fields }: Place,
): Promise<LookedUpItem> {
  if (answer.kind === 'noResponse') return { field, fields, found: false };
  const root = contract.lookupField ?? field;
  const seen = { event: event.payload, data: ownData(answer, field, root) };
  const found = await orFault(contract.isFound(seen));
  const contractVerdict = await verdictOn(
    contract,
    viewOf(answer, seen, { field, fields, root, userErrors: [] }),
  );
  return { field, fields, contractVerdict, found };
}

function orFault(result: Promise<boolean>): Promise<boolean | 'fault'> {
  return result.catch(() => 'fault' as const);
}

function verdictOn(
  contract: TargetContract,
  view: AnswerView,
): Promise<ContractVerdict | undefined> {
  return contract.verdict(view).catch(() => 'unknown' as const);
}

/** The event's part of `data`, under the root field's own name rather than its alias. */
function ownData({ data }: TargetResponse, field: string, root: string): unknown {
  if (!isJsonObject(data)) return null;
  if (field === root) return data;
  return Object.hasOwn(data, field) ? { [root]: data[field] } : {};
}

function viewOf(
  { status, headers, errors }: TargetResponse,
  seen: { event: unknown; data: unknown },
  { root, userErrors, ...place }: Fields & { root: string; userErrors: unknown[] },
): AnswerView {
  const own = errors.filter(({ path, isGraphQl }) => isGraphQl && concerns(path, place));
  return {
    ...seen,
    status,
    headers,
    errors: own.map((error) => normalised(error, place.field, root)),
    userErrors,
  };
}

function normalised({ message, code, path, extensions }: TargetError, field: string, root: string) {
  const [first, ...rest] = path;
  return { message, code, extensions, path: first === field ? [root, ...rest] : path };
}
