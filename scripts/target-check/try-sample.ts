import { randomUUID } from 'node:crypto';
import type { GraphQLSchema } from 'graphql';
import type { TargetEvent } from '../../lib/ports.ts';
import { compileBrand } from '../../lib/target/brand.ts';
import type { ContractFiles, Operation, TargetContract } from '../../lib/target/contract.ts';
import { type BuildOperation, prepare } from '../../lib/target/prepare.ts';
import { checkVariables, type Findings } from './check-schema.ts';

export interface SampleOptions {
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
  const findings: Findings = { problems: [], notes: [] };
  const timestamp = Math.floor(nowMs / 1000);
  const id = randomUUID();
  const made = { name: 'target.check', body: 'sent by nothing, stored nowhere', timestamp };
  const absentEvent = { id, payload: { ...(event ?? made), id }, timestamp };
  const brand = compileBrand(options.settings.brand);
  const attempt = async (
    of: TargetEvent,
    build: BuildOperation,
  ): Promise<Operation | undefined> => {
    const { operation, faults } = await prepare([of], brand, build);
    const messages = (faults ?? []).flatMap((fault) => fault ?? []);
    if (event) findings.problems.push(...messages);
    else findings.notes.push(...messages.map(asNote));
    return operation;
  };
  const create = await attempt(event ? { ...absentEvent, payload: event } : absentEvent, (inputs) =>
    contract.createOperation(inputs),
  );
  const lookup = contract.lookupField
    ? await attempt(absentEvent, (inputs) => contract.lookupOperation(inputs))
    : undefined;
  if (schema && create)
    findings.problems.push(...checkVariables(schema, 'create', files, create.variables));
  if (schema && lookup)
    findings.problems.push(...checkVariables(schema, 'lookup', files, lookup.variables));
  return { ...findings, absentEvent, canLookUp: lookup !== undefined };
}

function asNote(fault: string): string {
  return `${fault} (a made-up event; try one of yours with --event FILE)`;
}
