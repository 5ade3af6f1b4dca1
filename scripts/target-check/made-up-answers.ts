import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInterfaceType,
  isListType,
  isObjectType,
  isScalarType,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** Which of the possible answers is made. */
interface Choice {
  /** Which of the possible types, and of the values of an enum. */
  index: number;
  boolean: boolean;
  /** Lists of objects have one item, or none. */
  isListEmpty: boolean;
}

/** Types and enum values that are tried; more make no difference in practice. */
const MAX_INDEX = 12;

/**
 * Answers to a document that its schema allows, in which every text and id is `id` and every number is `Number(id)`: with each of the possible types,
 * with true and false, and with lists that are empty or not. The document must be valid. Pure.
 */
export function madeUpAnswers(schema: GraphQLSchema, text: string, id: string): unknown[] {
  const { definitions } = parse(text);
  const operation = definitions.find(
    (one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION,
  );
  const root = operation && schema.getRootType(operation.operation);
  if (!root) return [];
  const fragments = definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION);
  const choices = Array.from({ length: MAX_INDEX }, (_, index) => index).flatMap((index) =>
    [true, false].flatMap((boolean) =>
      [false, true].map((isListEmpty) => ({ index, boolean, isListEmpty })),
    ),
  );
  const answers = choices.map((choice) =>
    JSON.stringify(new Maker(schema, fragments, id, choice).objectOf(root, operation.selectionSet)),
  );
  return [...new Set(answers)].map((answer): unknown => JSON.parse(answer));
}

class Maker {
  readonly #schema: GraphQLSchema;
  readonly #fragments: readonly FragmentDefinitionNode[];
  readonly #id: string;
  readonly #choice: Choice;

  constructor(
    schema: GraphQLSchema,
    fragments: readonly FragmentDefinitionNode[],
    id: string,
    choice: Choice,
  ) {
    this.#schema = schema;
    this.#fragments = fragments;
    this.#id = id;
    this.#choice = choice;
  }

  objectOf(declared: GraphQLNamedType, { selections }: SelectionSetNode): object {
    const type = isAbstractType(declared)
      ? this.#pick(this.#schema.getPossibleTypes(declared))
      : declared;
    return Object.fromEntries(selections.flatMap((each) => this.#members(each, type)));
  }

  #members(selection: SelectionNode, type: GraphQLNamedType | undefined): [string, unknown][] {
    if (selection.kind === Kind.FIELD)
      return [[selection.alias?.value ?? selection.name.value, this.#field(selection, type)]];
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection
        : this.#fragments.find(({ name }) => name.value === selection.name.value);
    const on = fragment?.typeCondition?.name.value ?? type?.name;
    if (!fragment || !this.#isOfType(type, on)) return [];
    return fragment.selectionSet.selections.flatMap((each) => this.#members(each, type));
  }

  #isOfType(type: GraphQLNamedType | undefined, name: string | undefined): boolean {
    const on = name === undefined ? undefined : this.#schema.getType(name);
    if (on === type) return true;
    return isAbstractType(on) && isObjectType(type) && this.#schema.isSubType(on, type);
  }

  #field({ name, selectionSet }: FieldNode, type: GraphQLNamedType | undefined): unknown {
    if (name.value === '__typename') return type?.name;
    if (!isObjectType(type) && !isInterfaceType(type)) return null;
    const field = type.getFields()[name.value];
    return field ? this.#value(field.type, selectionSet) : null;
  }

  #value(declared: GraphQLOutputType, selectionSet: SelectionSetNode | undefined): unknown {
    const type = getNullableType(declared);
    if (isListType(type)) {
      if (selectionSet && this.#choice.isListEmpty) return [];
      return [this.#value(type.ofType, selectionSet)];
    }
    if (selectionSet) return this.objectOf(type as GraphQLNamedType, selectionSet);
    if (isEnumType(type)) return this.#pick(type.getValues())?.name ?? null;
    if (!isScalarType(type)) return null;
    if (type.name === 'Boolean') return this.#choice.boolean;
    return type.name === 'Int' || type.name === 'Float' ? Number(this.#id) : this.#id;
  }

  #pick<Each>(from: readonly Each[]): Each | undefined {
    return from[this.#choice.index % Math.max(1, from.length)];
  }
}
