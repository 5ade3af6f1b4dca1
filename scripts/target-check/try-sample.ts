import { randomUUID } from 'node:crypto';
import type { GraphQLSchema } from 'graphql';
import { toUnixSeconds } from '../../lib/event/timestamp.ts';
import type { TargetEvent } from '../../lib/ports.ts';
import { compileBrand } from '../../lib/target/brand.ts';
import type { ContractFiles, Operation, TargetContract } from '../../lib/target/contract.ts';
import { type BuildOperation, prepare } from '../../lib/target/prepare.ts';
import { checkConditions } from './check-conditions.ts';
import { checkVariables, type Findings } from './check-schema.ts';

interface SampleOptions {
  contract: TargetContract;
  files: ContractFiles;
  settings: { brand: string };
  /** Absent: a made-up one, which may lack what real ones have. */
  event: object | undefined;
  nowMs: number;
}

export interface Sample extends Findings {
  /** An event that does not exist at the target. */
  absentEvent: TargetEvent;
  /** True when a lookup of that event can be made. */
  canLookUp: boolean;
}

/** Evaluates the expressions on an event and compares the variables with the schema, where it is known. Sends nothing. */
export async function trySample(
  schema: GraphQLSchema | undefined,
  options: SampleOptions,
): Promise<Sample> {
  const { contract, files, event, nowMs } = options;
  const timestamp =
    toUnixSeconds((event as { timestamp?: unknown })?.timestamp) ?? Math.floor(nowMs / 1000);
  const faults = new Set<string>();
  const id = randomUUID();
  const made = { name: 'target.check', body: 'sent by nothing, stored nowhere', timestamp };
  const absentEvent = { id, payload: { ...(event ?? made), id }, timestamp };
  const brand = compileBrand(options.settings.brand);
  const attempt = async (
    of: TargetEvent,
    build: BuildOperation,
  ): Promise<Operation | undefined> => {
    const { operation, faults: given } = await prepare([of], brand, build);
    for (const message of given ?? []) if (message) faults.add(message);
    return operation;
  };
  const create = await attempt(event ? { ...absentEvent, payload: event } : absentEvent, (inputs) =>
    contract.createOperation(inputs),
  );
  const lookup = contract.lookupField
    ? await attempt(absentEvent, (inputs) => contract.lookupOperation(inputs))
    : undefined;
  const conditions = await checkConditions(schema, { contract, files, event: absentEvent });
  const problems = [
    ...(event ? faults : []),
    ...(schema && create ? checkVariables(schema, 'create', files, create.variables) : []),
    ...(schema && lookup ? checkVariables(schema, 'lookup', files, lookup.variables) : []),
    ...conditions.problems,
  ];
  const notes = [...(event ? [] : [...faults].map(asNote)), ...conditions.notes];
  return { problems, notes, absentEvent, canLookUp: lookup !== undefined };
}

function asNote(fault: string): string {
  return `${fault} (a made-up event; try one of yours with --event FILE)`;
}
