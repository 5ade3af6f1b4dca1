import { messageOf } from '../errors.ts';
import { isJsonObject } from '../event/source-event.ts';
import type { TargetEvent } from '../ports.ts';
import type { TargetAnswer, TargetResponse } from './answer.ts';
import type { AnswerView, ContractFinding, TargetContract } from './contract.ts';
import { concerns, type Fields } from './findings.ts';
import type { LookedUpItem } from './lookup-verdict.ts';
import type { MaybePromise } from './maybe-promise.ts';
import type { TargetError } from './read-errors.ts';
import type { CreatedItem } from './verdict.ts';

/** An event that was sent, and where it stands in the answer. */
export interface Place extends Fields {
  event: TargetEvent;
}

/** What the contract says of one event in the answer to a creation. Never throws or rejects. */
export function evaluateCreation(
  contract: TargetContract,
  answer: TargetAnswer,
  { event, field, fields }: Place,
): MaybePromise<CreatedItem> {
  const item: CreatedItem = { field, fields, created: false, userErrors: [] };
  if (answer.kind === 'noResponse') return item;
  const seen = { event: event.payload, data: ownData(answer, field, contract.createField) };
  const created = contract.isCreated(seen);
  const isWhole = !contract.userErrors && !contract.verdict;
  if (typeof created !== 'boolean' || !isWhole)
    return evaluateWhole(contract, answer, seen, item, created);
  item.created = created;
  return item;
}

async function evaluateWhole(
  contract: TargetContract,
  answer: TargetResponse,
  seen: Seen,
  item: CreatedItem,
  created: MaybePromise<boolean>,
): Promise<CreatedItem> {
  try {
    item.created = await created;
  } catch (error) {
    item.created = 'fault';
    item.fault = messageOf(error);
  }
  try {
    item.userErrors = (await contract.userErrors?.(seen)) ?? [];
  } catch (error) {
    // Without its user errors, an answer that looks like a failure may be one of those.
    if (item.created === false) {
      item.created = 'fault';
      item.fault = messageOf(error);
    }
  }
  const place = { ...item, root: contract.createField };
  if (contract.verdict)
    item.contractFinding = await contractFindingOf(contract, answer, seen, place);
  return item;
}

/** The same for a lookup. Never rejects. */
export async function evaluateLookup(
  contract: TargetContract,
  answer: TargetAnswer,
  { event, field, fields }: Place,
): Promise<LookedUpItem> {
  const item: LookedUpItem = { field, fields, found: false };
  if (answer.kind === 'noResponse') return item;
  const root = contract.lookupField ?? field;
  const seen = { event: event.payload, data: ownData(answer, field, root) };
  try {
    const found = contract.isFound(seen);
    item.found = typeof found === 'boolean' ? found : await found;
  } catch (error) {
    item.found = 'fault';
    item.fault = messageOf(error);
  }
  const place = { field, fields, root, userErrors: [] };
  if (contract.verdict)
    item.contractFinding = await contractFindingOf(contract, answer, seen, place);
  return item;
}

type Seen = Pick<AnswerView, 'event' | 'data'>;

async function contractFindingOf(
  contract: TargetContract,
  { status, headers, errors }: TargetResponse,
  seen: Seen,
  { root, userErrors, ...place }: Fields & { root: string; userErrors: unknown[] },
): Promise<ContractFinding | undefined> {
  const own = errors.filter(({ path, isGraphQl }) => isGraphQl && concerns(path, place));
  const view: AnswerView = {
    event: seen.event,
    data: seen.data,
    status,
    headers,
    errors: own.map((error) => normalised(error, place.field, root)),
    userErrors,
  };
  try {
    return await contract.verdict?.(view);
  } catch {
    return { verdict: 'unknown' };
  }
}

/** The event's part of `data`, under the root field's own name rather than its alias. */
function ownData({ data }: TargetResponse, field: string, root: string): unknown {
  if (!isJsonObject(data)) return null;
  if (field === root) return data;
  return Object.hasOwn(data, field) ? { [root]: data[field] } : {};
}

function normalised({ message, code, path, extensions }: TargetError, field: string, root: string) {
  const [first, ...rest] = path;
  return { message, code, extensions, path: first === field ? [root, ...rest] : path };
}
