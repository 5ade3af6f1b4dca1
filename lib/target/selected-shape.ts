import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** What is known of a value in an answer. */
export interface Shape {
  /** Names it in messages. */
  what: string;
  /** Its members; absent where they are not known. */
  fields?: ReadonlyMap<string, Shape>;
  /** All values that it can have; absent where they are not known. */
  values?: readonly string[];
  /** It may have members besides. */
  isOpen?: boolean;
  /** Its members have names in lower case. */
  isLowerCase?: boolean;
}

/** A value of which nothing is known. */
export const ANY: Shape = { what: 'a value' };

/** The shape of the `data` that a document selects; the values of enums and of `__typename` are known with the schema only. Pure. */
export function selectedShape(file: string, text: string, schema?: GraphQLSchema): Shape {
  if (text === '') return ANY;
  const { definitions } = parse(text);
  const fragments = new Map(
    definitions.flatMap((one) =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [],
    ),
  );
  const operation = definitions.find(
    (one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION,
  );
  if (!operation) return ANY;
  const root = schema?.getRootType(operation.operation) ?? undefined;
  const shaper = new Shaper(file, fragments, schema);
  return { what: `data of ${file}`, fields: shaper.fieldsOf(operation.selectionSet, root, []) };
}

class Shaper {
  readonly #file: string;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #schema: GraphQLSchema | undefined;

  constructor(
    file: string,
    fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    schema: GraphQLSchema | undefined,
  ) {
    this.#file = file;
    this.#fragments = fragments;
    this.#schema = schema;
  }

  /** The fields of a selection by the names that an answer has, those of its fragments included. */
  fieldsOf(
    { selections }: SelectionSetNode,
    type: GraphQLNamedType | undefined,
    path: string[],
  ): Map<string, Shape> {
    const fields = new Map<string, Shape>();
    for (const selection of selections)
      for (const [name, shape] of this.#membersOf(selection, type, path)) {
        const known = fields.get(name);
        fields.set(name, known ? merged(known, shape) : shape);
      }
    return fields;
  }

  /** One field, or all of a fragment. */
  #membersOf(
    selection: SelectionNode,
    type: GraphQLNamedType | undefined,
    path: string[],
  ): Iterable<[string, Shape]> {
    if (selection.kind === Kind.FIELD) {
      const name = selection.alias?.value ?? selection.name.value;
      return [[name, this.#shapeOf(selection, type, [...path, name])]];
    }
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection
        : this.#fragments.get(selection.name.value);
    if (!fragment) return [];
    const on = fragment.typeCondition?.name.value;
    const inner = on === undefined ? type : this.#schema?.getType(on);
    return this.fieldsOf(fragment.selectionSet, inner, path);
  }

  #shapeOf(
    { name: { value: name }, selectionSet }: FieldNode,
    parent: GraphQLNamedType | undefined,
    path: string[],
  ): Shape {
    const place = `data.${path.join('.')}`;
    const type = fieldType(parent, name);
    if (selectionSet) {
      const fields = this.fieldsOf(selectionSet, type && getNamedType(type), path);
      return { what: `${place} in ${this.#file}`, fields };
    }
    const values = this.#valuesOf(name, type, parent);
    return { what: place, ...(values ? { values } : {}) };
  }

  #valuesOf(
    name: string,
    type: GraphQLOutputType | undefined,
    parent: GraphQLNamedType | undefined,
  ): string[] | undefined {
    if (name === '__typename' && isCompositeType(parent))
      return isAbstractType(parent)
        ? this.#schema?.getPossibleTypes(parent).map((each) => each.name)
        : [parent.name];
    const named = type && getNamedType(type);
    return isEnumType(named) ? named.getValues().map((value) => value.name) : undefined;
  }
}

function fieldType(
  parent: GraphQLNamedType | undefined,
  name: string,
): GraphQLOutputType | undefined {
  return isObjectType(parent) || isInterfaceType(parent)
    ? parent.getFields()[name]?.type
    : undefined;
}

/** What is known of a value that has one shape or the other. */
export function merged(one: Shape, other: Shape): Shape {
  const values =
    one.values && other.values ? [...new Set([...one.values, ...other.values])] : undefined;
  if (!one.fields || !other.fields) return { what: one.what, ...(values ? { values } : {}) };
  const fields = new Map(one.fields);
  for (const [name, shape] of other.fields) {
    const known = fields.get(name);
    fields.set(name, known ? merged(known, shape) : shape);
  }
  return { what: one.what, fields };
}
