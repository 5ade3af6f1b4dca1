import { type ASTNode, Kind, type OperationDefinitionNode, print, visit } from 'graphql';
import type { CheckedDocument } from './check-document.ts';

/** The response field of one of several creations or lookups in a request. Pure. */
export function responseKey(field: string, index: number): string {
  return `${field}${index}`;
}

/** The underscore keeps `$a` of the 12th apart from `$a1` of the second. */
function renamed(name: string, index: number): string {
  return `${name}_${index}`;
}

/** The text of a request with `size` aliases of a document's root field, each with variables of its own. Pure. */
export function groupedText({ operation, root, fragments }: CheckedDocument, size: number): string {
  const indexes = Array.from({ length: size }, (_, index) => index);
  const grouped: OperationDefinitionNode = {
    ...operation,
    variableDefinitions: indexes.flatMap((index) =>
      (operation.variableDefinitions ?? []).map((definition) => withIndex(definition, index)),
    ),
    // The operation has its directives once: they see the first event's variables.
    directives: (operation.directives ?? []).map((directive) => withIndex(directive, 0)),
    selectionSet: {
      kind: Kind.SELECTION_SET,
      selections: indexes.map((index) => ({
        ...withIndex(root, index),
        alias: { kind: Kind.NAME, value: responseKey(root.name.value, index) },
      })),
    },
  };
  return print({ kind: Kind.DOCUMENT, definitions: [grouped, ...fragments] });
}

function withIndex<Node extends ASTNode>(node: Node, index: number): Node {
  return visit(node, {
    Variable: ({ name, ...variable }) => ({
      ...variable,
      name: { ...name, value: renamed(name.value, index) },
    }),
  });
}

/** The variables of such a request. Pure. */
export function groupedVariables(
  group: readonly Record<string, unknown>[],
): Record<string, unknown> {
  return Object.fromEntries(
    group.flatMap((variables, index) =>
      Object.entries(variables).map(([name, value]) => [renamed(name, index), value]),
    ),
  );
}
