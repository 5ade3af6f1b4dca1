import type { Operation, TargetContract, VariablesInput } from '../../lib/target/contract.ts';

const CREATE = /* GraphQL */ `
  mutation createItem($id: String!, $name: String!, $body: String!, $timestamp: Int!, $brand: String!) {
    createItem(id: $id, name: $name, body: $body, timestamp: $timestamp, brand: $brand) { id }
  }`;
const LOOKUP = /* GraphQL */ 'query getItem($id: String!) { getItem(id: $id) { id } }';

const CREATE_TYPES = {
  id: 'String!',
  name: 'String!',
  body: 'String!',
  timestamp: 'Int!',
  brand: 'String!',
};

type Data = Record<string, { id?: unknown } | null> | null | undefined;
type Payload = { id: string; name: string; body: string };

/** The contract of the default target, by hand: for tests of what a contract is used for. */
export function itemContract(more: Partial<TargetContract> = {}): TargetContract {
  const has = (field: string) => async (seen: { event: unknown; data: unknown }) => {
    const id = (seen.data as Data)?.[field]?.id;
    return id !== undefined && id === (seen.event as Payload).id;
  };
  return {
    createField: 'createItem',
    lookupField: 'getItem',
    createOperation: async (inputs) =>
      operationOf(CREATE, 'mutation', 'createItem', CREATE_TYPES, inputs.map(variablesOf)),
    lookupOperation: async (inputs) =>
      operationOf(
        LOOKUP,
        'query',
        'getItem',
        { id: 'String!' },
        inputs.map((input) => ({ id: variablesOf(input).id })),
      ),
    isCreated: has('createItem'),
    isFound: has('getItem'),
    userErrors: async () => [],
    verdict: async () => undefined,
    ...more,
  };
}

function variablesOf({ event, timestamp, brand }: VariablesInput): Record<string, unknown> {
  const { id, name, body } = event as Payload;
  return { id, name, body, timestamp, brand };
}

/** One operation as it stands; several as aliases. */
function operationOf(
  alone: string,
  operation: string,
  field: string,
  types: Record<string, string>,
  items: Record<string, unknown>[],
): Operation {
  const [first] = items;
  if (items.length === 1 && first) return { query: alone, variables: first, fields: [field] };
  const names = Object.keys(types);
  const fields = items.map((_, index) => `${field}${index}`);
  const declared = items.flatMap((_, index) =>
    names.map((name) => `$${name}${index}: ${types[name]}`),
  );
  const selected = fields.map((alias, index) => {
    const given = names.map((name) => `${name}: $${name}${index}`).join(', ');
    return `${alias}: ${field}(${given}) { id }`;
  });
  const variables = items.flatMap((item, index) =>
    names.map((name) => [`${name}${index}`, item[name]] as const),
  );
  return {
    query: `${operation}(${declared.join(', ')}) { ${selected.join(' ')} }`,
    variables: Object.fromEntries(variables),
    fields,
  };
}
