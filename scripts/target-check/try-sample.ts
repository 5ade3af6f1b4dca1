import { randomUUID } from 'node:crypto';
import type { GraphQLSchema } from 'graphql';
import { ContractFault } from '../../lib/errors.ts';
import { compileBrand } from '../../lib/target/brand.ts';
import type {
  ContractFiles,
  Operation,
  TargetContract,
  VariablesInput,
} from '../../lib/target/contract.ts';
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
  /** The lookup of an event that does not exist; absent when it could not be made. */
  lookup: Operation | undefined;
  absentEvent: object;
}

/** Evaluates the expressions on an event and compares the variables with the schema, where it is known. Sends nothing. */
export async function trySample(
  schema: GraphQLSchema | undefined,
  options: SampleOptions,
): Promise<Sample> {
  const { contract, files, event, nowMs } = options;
  const findings: Findings = { problems: [], notes: [] };
  const timestamp = Math.floor(nowMs / 1000);
  const made = { name: 'target.check', body: 'sent by nothing, stored nowhere', timestamp };
  const absentEvent = { ...(event ?? made), id: randomUUID() };
  const input = (of: object, brand: string): VariablesInput => ({
    event: of,
    timestamp,
    brand,
    idempotencyKey: randomUUID(),
  });
  const attempt = async (work: () => Promise<Operation>): Promise<Operation | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ContractFault)) throw error;
      if (event) findings.problems.push(error.message);
      else
        findings.notes.push(
          `${error.message} (a made-up event; try one of yours with --event FILE)`,
        );
      return undefined;
    }
  };
  const brand = compileBrand(options.settings.brand);
  const create = await attempt(async () =>
    contract.createOperation([input(event ?? absentEvent, await brand(event ?? absentEvent))]),
  );
  const lookup = contract.lookupField
    ? await attempt(async () =>
        contract.lookupOperation([input(absentEvent, await brand(absentEvent))]),
      )
    : undefined;
  if (schema && create)
    findings.problems.push(...checkVariables(schema, 'create', files, create.variables));
  if (schema && lookup)
    findings.problems.push(...checkVariables(schema, 'lookup', files, lookup.variables));
  return { ...findings, lookup, absentEvent };
}
