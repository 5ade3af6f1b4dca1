import { Kind } from 'graphql';
import { checkDocument } from './check-document.ts';
import type { Operation } from './contract.ts';
import { groupedText, groupedVariables, responseKey } from './grouped-operation.ts';

/** A document of a target contract: one operation with one root field. */
export interface OperationDocument {
  /** File name, for messages. */
  file: string;
  /** The root field. */
  field: string;
  /** The declared variables, and whether or not each must be given. */
  variables: ReadonlyMap<string, { required: boolean }>;
  /** The operation for a group of variables: the document itself for one, aliases of its root field for several. */
  operationOf(group: readonly Record<string, unknown>[]): Operation;
}

/**
 * Parses and checks a document of a target contract.
 *
 * @throws ConfigError that names every problem with line and column
 */
export function parseOperationDocument(
  file: string,
  text: string,
  kind: 'mutation' | 'query',
): OperationDocument {
  const checked = checkDocument(file, text, kind);
  const field = checked.root.name.value;
  const variables = new Map(
    (checked.operation.variableDefinitions ?? []).map(({ variable, type, defaultValue }) => [
      variable.name.value,
      { required: type.kind === Kind.NON_NULL_TYPE && defaultValue === undefined },
    ]),
  );
  const texts = new Map<number, string>();
  const textFor = (size: number): string => {
    const known = texts.get(size);
    if (known !== undefined) return known;
    const made = groupedText(checked, size);
    texts.set(size, made);
    return made;
  };
  return {
    file,
    field,
    variables,
    operationOf(group) {
      const [first] = group;
      if (first && group.length === 1) return { query: text, variables: first, fields: [field] };
      return {
        query: textFor(group.length),
        variables: groupedVariables(group),
        fields: group.map((_, index) => responseKey(field, index)),
      };
    },
  };
}
