import {
  type ASTNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  parse,
  visit,
} from 'graphql';
import { ConfigError } from '../errors.ts';

/** The parts of a document that fits into a target contract. */
export interface CheckedDocument {
  operation: OperationDefinitionNode;
  root: FieldNode;
  fragments: FragmentDefinitionNode[];
}

type Note = (node: ASTNode | undefined, problem: string) => void;

/**
 * Checks what can be checked without the target's schema.
 *
 * @throws ConfigError that names every problem with line and column
 */
export function checkDocument(
  file: string,
  text: string,
  kind: 'mutation' | 'query',
): CheckedDocument {
  const problems: string[] = [];
  const note: Note = (node, problem) => problems.push(`${file}${placeOf(node)}: ${problem}`);
  const document = parseDocument(file, text);
  const operation = operationOf(document, kind, note);
  const root = operation && rootOf(operation, note);
  const fragments = fragmentsOf(document, note);
  if (operation) checkVariables(operation, note);
  if (!operation || !root || problems.length > 0) throw new ConfigError(problems);
  return { operation, root, fragments };
}

function parseDocument(file: string, text: string): DocumentNode {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const [at] = error.locations ?? [];
    throw new ConfigError([`${file}${at ? `:${at.line}:${at.column}` : ''}: ${error.message}`]);
  }
}

function placeOf(node: ASTNode | undefined): string {
  const token = node?.loc?.startToken;
  return token ? `:${token.line}:${token.column}` : '';
}

function operationOf(
  { definitions }: DocumentNode,
  kind: 'mutation' | 'query',
  note: Note,
): OperationDefinitionNode | undefined {
  const operations = definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  for (const one of definitions)
    if (one.kind !== Kind.OPERATION_DEFINITION && one.kind !== Kind.FRAGMENT_DEFINITION)
      note(one, 'only an operation and fragments may be here');
  const [operation, ...others] = operations;
  if (!operation) note(undefined, `must hold one ${kind}`);
  for (const other of others) note(other, `must hold one operation, not ${operations.length}`);
  if (operation && operation.operation !== kind)
    note(operation, `must be a ${kind}, not a ${operation.operation}`);
  return operation;
}

function rootOf({ selectionSet }: OperationDefinitionNode, note: Note): FieldNode | undefined {
  const [root, ...others] = selectionSet.selections;
  for (const other of others)
    note(other, 'must have one root field, so that several can share a request');
  if (root?.kind !== Kind.FIELD) {
    note(root, 'must have a field at the root, not a fragment');
    return undefined;
  }
  if (root.alias) note(root, `must not have an alias at the root: write ${root.name.value}`);
  return root;
}

/** A fragment stays as it is in a grouped request, so it cannot have variables, which are renamed there. */
function fragmentsOf({ definitions }: DocumentNode, note: Note): FragmentDefinitionNode[] {
  const fragments = definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION);
  for (const fragment of fragments)
    if (spreadsItself(fragment, fragments))
      note(fragment, `the fragment ${fragment.name.value} spreads itself`);
  for (const { name, ...fragment } of fragments)
    visit(fragment as ASTNode, {
      Variable: (variable) =>
        note(
          variable,
          `$${variable.name.value} stands in the fragment ${name.value}: write its fields out`,
        ),
    });
  return fragments;
}

function spreadsItself(
  fragment: FragmentDefinitionNode,
  fragments: readonly FragmentDefinitionNode[],
): boolean {
  const seen = new Set<string>();
  const open = [fragment];
  for (let next = open.pop(); next; next = open.pop())
    visit(next, {
      FragmentSpread({ name: { value } }) {
        if (seen.has(value)) return;
        seen.add(value);
        open.push(...fragments.filter(({ name }) => name.value === value));
      },
    });
  return seen.has(fragment.name.value);
}

function checkVariables(operation: OperationDefinitionNode, note: Note): void {
  const definitions = operation.variableDefinitions ?? [];
  const declared = new Set<string>();
  for (const definition of definitions) {
    const name = definition.variable.name.value;
    if (declared.has(name)) note(definition, `$${name} is declared twice`);
    declared.add(name);
  }
  const used = new Set<string>();
  const { variableDefinitions: _, ...body } = operation;
  visit(body as ASTNode, {
    Variable(variable) {
      const name = variable.name.value;
      used.add(name);
      if (!declared.has(name)) note(variable, `$${name} is not declared`);
    },
  });
  for (const definition of definitions) {
    const name = definition.variable.name.value;
    if (!used.has(name)) note(definition, `$${name} is declared and not used`);
  }
}
