import type { GraphQLSchema } from 'graphql';
import type { TargetEvent } from '../../lib/ports.ts';
import type { ContractFiles, TargetContract } from '../../lib/target/contract.ts';
import type { MaybePromise } from '../../lib/target/maybe-promise.ts';
import type { Findings } from './check-schema.ts';
import { madeUpAnswers } from './made-up-answers.ts';

interface ConditionOptions {
  contract: TargetContract;
  files: ContractFiles;
  event: TargetEvent;
}

interface Condition {
  member: string;
  file: 'create.graphql' | 'lookup.graphql';
  field: string;
  isTrue: (input: { event: unknown; data: unknown }) => MaybePromise<boolean>;
  /** What comes of a condition that is never true. */
  harm: string;
}

/** Also a number in text: made-up answers hold it as the id, whatever its type. */
const ID = '1';

/**
 * Tries `create.created` on answers without an item, where it must be false, and, with the schema, `lookup.found` too on made-up answers with
 * an item, of which one should make them true.
 */
export async function checkConditions(
  schema: GraphQLSchema | undefined,
  { contract, files, event }: ConditionOptions,
): Promise<Findings> {
  const payload = { ...(event.payload as object), id: ID };
  const conditions: Condition[] = [
    {
      member: 'create.created',
      file: 'create.graphql',
      field: contract.createField,
      isTrue: contract.isCreated,
      harm: 'every event would be looked up, and created again if that does not find it',
    },
  ];
  if (contract.lookupField)
    conditions.push({
      member: 'lookup.found',
      file: 'lookup.graphql',
      field: contract.lookupField,
      isTrue: contract.isFound,
      harm: 'an event whose outcome is unknown would be created again and again',
    });
  const findings: Findings = { problems: [], notes: [] };
  for (const { member, file, field, isTrue, harm } of conditions) {
    const holds = (data: unknown) => isTrueOf(isTrue, { event: payload, data });
    // A lookup of an id that does not exist is tried on the target itself.
    if (member === 'create.created' && ((await holds({ [field]: null })) || (await holds(null))))
      findings.problems.push(
        `contract.json ${member} is true for an answer without an item: events would count as delivered that are not`,
      );
    if (!schema) continue;
    const answers = madeUpAnswers(schema, files[file] ?? '', ID);
    const trials = await Promise.all(answers.map(holds));
    if (!trials.includes(true))
      findings.notes.push(
        `contract.json ${member} is true for none of ${answers.length} made-up answers. If it is never true, ${harm}: send one event, and look at npm run trace -- ID`,
      );
  }
  return findings;
}

/** A failure on a made-up answer says nothing of real ones. */
async function isTrueOf(
  isTrue: Condition['isTrue'],
  input: { event: unknown; data: unknown },
): Promise<boolean> {
  try {
    return await isTrue(input);
  } catch {
    return false;
  }
}
