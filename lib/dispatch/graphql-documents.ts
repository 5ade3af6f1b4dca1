import type { TargetItem } from '../ports.ts';

/** One GraphQL operation on a group of items: its text, its variables, and the response field of each item, in order. */
export interface Operation {
  query: string;
  variables: Record<string, unknown>;
  fields: string[];
}

const CREATE_ITEM = /* GraphQL */ `
  mutation createItem($id: String!, $name: String!, $body: String!, $timestamp: Int!, $brand: String!) {
    createItem(id: $id, name: $name, body: $body, timestamp: $timestamp, brand: $brand) { id }
  }`;

const GET_ITEM = /* GraphQL */ `
  query getItem($id: String!) { getItem(id: $id) { id } }`;

/** One creation is the plain operation, whose text never changes; several are aliases in one request. Pure. */
export function createItemsOperation(items: readonly TargetItem[]): Operation {
  const [first] = items;
  if (items.length === 1 && first)
    return { query: CREATE_ITEM, variables: { ...first }, fields: ['createItem'] };
  const types = {
    id: 'String!',
    name: 'String!',
    body: 'String!',
    timestamp: 'Int!',
    brand: 'String!',
  };
  return aliased('mutation createItems', 'createItem', types, items);
}

/** Lookups of one or several ids. Pure. */
export function getItemsOperation(ids: readonly string[]): Operation {
  const [first] = ids;
  if (ids.length === 1) return { query: GET_ITEM, variables: { id: first }, fields: ['getItem'] };
  const items = ids.map((id) => ({ id }));
  return aliased('query getItems', 'getItem', { id: 'String!' }, items);
}

function aliased<Item extends object>(
  operation: string,
  field: string,
  types: Record<keyof Item & string, string>,
  items: readonly Item[],
): Operation {
  const names = Object.keys(types) as (keyof Item & string)[];
  const declared: string[] = [];
  const selected: string[] = [];
  const variables: Record<string, unknown> = {};
  const fields = items.map((item, index) => {
    const alias = `${field}${index}`;
    for (const name of names) {
      declared.push(`$${name}${index}: ${types[name]}`);
      variables[`${name}${index}`] = item[name];
    }
    const given = names.map((name) => `${name}: $${name}${index}`).join(', ');
    selected.push(`${alias}: ${field}(${given}) { id }`);
    return alias;
  });
  return {
    query: `${operation}(${declared.join(', ')}) { ${selected.join(' ')} }`,
    variables,
    fields,
  };
}
