import {
  buildClientSchema,
  type GraphQLSchema,
  getVariableValues,
  type IntrospectionQuery,
  isNonNullType,
  Kind,
  parse,
  validate,
} from 'graphql';
import { checkPaths } from '../../lib/target/check-paths.ts';
import type { ContractFiles, TargetContract } from '../../lib/target/contract.ts';

/** The result of one check of a contract. */
export interface Findings {
  /** What does not fit. */
  problems: string[];
  /** What fits, and is good to know. */
  notes: string[];
}

/** The schema of an introspection result; throws if it is not one. Pure. */
export function schemaOf(data: unknown): GraphQLSchema {
  return buildClientSchema(data as IntrospectionQuery);
}

/** Compares both documents of a contract, and what its expressions read, with the target's schema. Pure. */
export function checkDocuments(
  schema: GraphQLSchema,
  options: {
    files: ContractFiles;
    contract: TargetContract;
    mutationsPerRequest: number;
    /** One as the source sends it. */
    event?: object | undefined;
  },
): Findings {
  const { files, contract, mutationsPerRequest, event } = options;
  const problems = [
    // `validate` has nothing to say about a root type that is absent.
    ...(schema.getMutationType() ? [] : ['create.graphql: the schema has no mutations']),
    ...documentProblems(schema, 'create.graphql', files['create.graphql']),
    ...documentProblems(schema, 'lookup.graphql', files['lookup.graphql']),
  ];
  // What a document selects in vain is named already.
  const paths = checkPaths(files, { schema: problems.length === 0 ? schema : undefined, event });
  problems.push(...paths.problems);
  const notes = [...paths.notes];
  const { createField, lookupField } = contract;
  if (isNonNull(schema.getMutationType()?.getFields()[createField])) {
    const rule = `${createField} is non-null, so a creation that fails takes all others of its request with it: mutations_per_request must be 1`;
    if (mutationsPerRequest > 1) problems.push(`${rule}, and is ${mutationsPerRequest}`);
    else notes.push(`${rule}, as it is`);
  }
  if (lookupField && isNonNull(schema.getQueryType()?.getFields()[lookupField]))
    notes.push(`${lookupField} is non-null: lookups are sent one by one`);
  return { problems, notes };
}

function documentProblems(schema: GraphQLSchema, file: string, text: string | undefined): string[] {
  if (text === undefined) return [];
  return validate(schema, parse(text)).map(({ message, locations }) => {
    const [at] = locations ?? [];
    return `${file}${at ? `:${at.line}:${at.column}` : ''}: ${message}`;
  });
}

function isNonNull(field: { type: unknown } | undefined): boolean {
  return isNonNullType(field?.type);
}

/** Compares the variables that an expression returned with the types that its document declares. Pure. */
export function checkVariables(
  schema: GraphQLSchema,
  part: 'create' | 'lookup',
  files: ContractFiles,
  variables: Record<string, unknown>,
): string[] {
  const operation = parse(files[`${part}.graphql`] ?? '').definitions.find(
    (one) => one.kind === Kind.OPERATION_DEFINITION,
  );
  // As they arrive: JSON has no `undefined`.
  const sent = JSON.parse(JSON.stringify(variables)) as Record<string, unknown>;
  const { errors } = getVariableValues(schema, operation?.variableDefinitions ?? [], sent);
  return (errors ?? []).map(({ message }) => `contract.json ${part}.variables: ${message}`);
}
