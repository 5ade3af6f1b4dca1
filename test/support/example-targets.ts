import { join } from 'node:path';
import { createGraphQLError } from 'graphql-yoga';

const EXAMPLES = join(import.meta.dirname, '../../docs/examples');

/** A small API of the shape that an example contract in docs/ describes. */
export interface ExampleTarget {
  /** Folder of the contract. */
  contract: string;
  api: { typeDefs: string; resolvers: object };
  /** What it holds: ids, with how often each was created or overwritten. */
  items: Map<string, number>;
}

/** A name that every one of these APIs refuses. */
export const BAD_NAME = '';

/** A name at which the parcels API is too busy. */
const BUSY_NAME = 'busy';

function store() {
  const items = new Map<string, number>();
  const write = (id: string) => items.set(id, (items.get(id) ?? 0) + 1);
  return { items, write };
}

/** Errors of the user come back as data; ids are unique. */
function ordersWithUserErrors(): ExampleTarget {
  const { items, write } = store();
  const typeDefs = /* GraphQL */ `
    input OrderCreateInput { externalId: String!, title: String!, note: String, placedAt: String!, tags: [String!] }
    type Order { externalId: String! }
    type UserError { field: [String!], message: String!, code: String }
    type OrderCreatePayload { order: Order, userErrors: [UserError!]! }
    type OrderConnection { nodes: [Order!]! }
    type Query { orders(first: Int!, externalId: String): OrderConnection! }
    type Mutation { orderCreate(input: OrderCreateInput!): OrderCreatePayload }
  `;
  const refuse = (field: string, code: string) => ({
    order: null,
    userErrors: [{ field: ['input', field], message: `${field} is ${code.toLowerCase()}`, code }],
  });
  const resolvers = {
    Query: {
      orders: (_: unknown, { externalId }: { externalId: string }) => ({
        nodes: items.has(externalId) ? [{ externalId }] : [],
      }),
    },
    Mutation: {
      orderCreate(_: unknown, { input }: { input: { externalId: string; title: string } }) {
        if (input.title === BAD_NAME) return refuse('title', 'BLANK');
        if (items.has(input.externalId)) return refuse('externalId', 'TAKEN');
        write(input.externalId);
        return { order: { externalId: input.externalId }, userErrors: [] };
      },
    },
  };
  return {
    contract: join(EXAMPLES, 'orders-with-user-errors'),
    api: { typeDefs, resolvers },
    items,
  };
}

/** A second creation overwrites the first. */
function entriesUpsert(): ExampleTarget {
  const { items, write } = store();
  const typeDefs = /* GraphQL */ `
    input EntryFields { title: String!, text: String!, occurredAt: Int! }
    type Entry { key: ID! }
    type EntryError { code: String!, message: String! }
    type EntryUpsertPayload { entry: Entry, errors: [EntryError!]! }
    type Query { entry(key: ID!): Entry }
    type Mutation { entryUpsert(key: ID!, fields: EntryFields!, brand: String!): EntryUpsertPayload! }
  `;
  const resolvers = {
    Query: { entry: (_: unknown, { key }: { key: string }) => (items.has(key) ? { key } : null) },
    Mutation: {
      entryUpsert(_: unknown, { key, fields }: { key: string; fields: { title: string } }) {
        if (fields.title === BAD_NAME)
          return { entry: null, errors: [{ code: 'INVALID', message: 'title is empty' }] };
        write(key);
        return { entry: { key }, errors: [] };
      },
    },
  };
  return { contract: join(EXAMPLES, 'entries-upsert'), api: { typeDefs, resolvers }, items };
}

/** A row that is there already is left as it is, and null comes back. */
function eventsInsertOne(): ExampleTarget {
  const { items, write } = store();
  const typeDefs = /* GraphQL */ `
    scalar jsonb
    scalar timestamptz
    enum events_constraint { events_pkey }
    enum events_update_column { name payload }
    input events_insert_input { id: String, name: String, payload: jsonb, created_at: timestamptz, brand: String }
    input events_on_conflict { constraint: events_constraint!, update_columns: [events_update_column!]! }
    type events { id: String! }
    type Query { events_by_pk(id: String!): events }
    type Mutation { insert_events_one(object: events_insert_input!, on_conflict: events_on_conflict): events }
  `;
  const resolvers = {
    Query: {
      events_by_pk: (_: unknown, { id }: { id: string }) => (items.has(id) ? { id } : null),
    },
    Mutation: {
      insert_events_one(_: unknown, { object }: { object: { id: string; name: string } }) {
        if (object.name === BAD_NAME)
          throw createGraphQLError('Check constraint violation. name is empty', {
            extensions: { code: 'constraint-violation', path: '$' },
          });
        if (items.has(object.id)) return null;
        write(object.id);
        return { id: object.id };
      },
    },
  };
  return { contract: join(EXAMPLES, 'events-insert-one'), api: { typeDefs, resolvers }, items };
}

/** Each outcome is a type of its own; an error says that an item is absent. */
function parcelsUnion(): ExampleTarget {
  const { items, write } = store();
  const typeDefs = /* GraphQL */ `
    scalar DateTime
    enum BrandCode { ACME TESTBRAND }
    input ParcelInput { reference: ID!, label: String!, registeredAt: DateTime!, brand: BrandCode! }
    type Parcel { reference: ID! }
    type ParcelRegistered { parcel: Parcel! }
    type ParcelExists { reference: ID! }
    type ParcelInvalid { reasons: [String!]! }
    type TooBusy { retryInSeconds: Int! }
    union ParcelPayload = ParcelRegistered | ParcelExists | ParcelInvalid | TooBusy
    type Query { parcel(reference: ID!): Parcel }
    type Mutation { registerParcel(parcel: ParcelInput!): ParcelPayload }
  `;
  const resolvers = {
    Query: {
      parcel(_: unknown, { reference }: { reference: string }) {
        if (items.has(reference)) return { reference };
        throw createGraphQLError('No such parcel', { extensions: { code: 'PARCEL_NOT_FOUND' } });
      },
    },
    Mutation: {
      registerParcel(_: unknown, { parcel }: { parcel: { reference: string; label: string } }) {
        const { reference, label } = parcel;
        if (label === BUSY_NAME) return { __typename: 'TooBusy', retryInSeconds: 7 };
        if (label === BAD_NAME) return { __typename: 'ParcelInvalid', reasons: ['label is empty'] };
        if (items.has(reference)) return { __typename: 'ParcelExists', reference };
        write(reference);
        return { __typename: 'ParcelRegistered', parcel: { reference } };
      },
    },
  };
  return { contract: join(EXAMPLES, 'parcels-union'), api: { typeDefs, resolvers }, items };
}

/** By the name of the folder. */
export const EXAMPLE_TARGETS: Record<string, () => ExampleTarget> = {
  'orders-with-user-errors': ordersWithUserErrors,
  'entries-upsert': entriesUpsert,
  'events-insert-one': eventsInsertOne,
  'parcels-union': parcelsUnion,
};
