import type { IncomingHttpHeaders } from 'node:http';
import { createGraphQLError, createSchema, createYoga } from 'graphql-yoga';
import type { CallStats } from './call-stats.ts';
import type { Item, ItemStore } from './item-store.ts';

/** The target's API, as its clients see it. `timestamp` is a 32-bit integer: Unix seconds fit, milliseconds do not. */
export const targetSdl = /* GraphQL */ `
  type Item {
    id: String!
    name: String!
    body: String!
    timestamp: Int!
    brand: String!
  }

  type Query {
    getItem(id: String!): Item
    getItems: [Item!]!
  }

  type Mutation {
    createItem(id: String!, name: String!, body: String!, timestamp: Int!, brand: String!): Item!
    clearItems: Boolean!
  }
`;

/** What the resolvers work on. */
interface ApiContext {
  store: ItemStore;
  stats: CallStats;
  allowDuplicates: () => boolean;
  nowMs: () => number;
}

interface ApiAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Carries out one POSTed GraphQL request. Never rejects over what the client sent: that is a GraphQL error. */
export type GraphqlApi = (body: string, headers: IncomingHttpHeaders) => Promise<ApiAnswer>;

/** Yoga sees the path only; nothing is ever resolved or connected to. */
const ADDRESS = 'http://target/graphql';

/**
 * The GraphQL server behind the gate. An id that exists is answered with a GraphQL error of code
 * `ALREADY_EXISTS` at HTTP 200; an unexpected error is masked. GraphiQL is off, as its page needs the internet.
 */
export function createGraphqlApi(context: ApiContext): GraphqlApi {
  const yoga = createYoga({
    schema: createSchema({ typeDefs: targetSdl, resolvers: createResolvers(context) }),
    logging: false,
    maskedErrors: { isDev: false },
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    maxRequestBodySize: false, // held where the body is read; Yoga would pass it through another stream
  });
  return async (body, headers) => {
    const contentType = headers['content-type'] ?? 'application/json';
    const accept = headers.accept ?? 'application/json';
    const response = await yoga.fetch(ADDRESS, {
      method: 'POST',
      headers: { 'content-type': contentType, accept },
      body,
    });
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    };
  };
}

function createResolvers(context: ApiContext) {
  return {
    Query: {
      getItem: (_root: unknown, { id }: { id: string }) => context.store.find(id) ?? null,
      getItems: () => context.store.list(),
    },
    Mutation: {
      createItem: (_root: unknown, item: Item) => createItem(context, item),
      clearItems: () => {
        context.store.clear();
        return true;
      },
    },
  };
}

function createItem({ store, stats, allowDuplicates, nowMs }: ApiContext, item: Item): Item {
  const outcome = store.create(item, allowDuplicates());
  if (outcome.existed) stats.count('duplicateAttempts');
  if (!outcome.inserted) {
    // Yoga's own: it masks an error whose class comes from a second copy of `graphql`.
    throw createGraphQLError(`An item with the id ${JSON.stringify(item.id)} already exists.`, {
      extensions: { code: 'ALREADY_EXISTS' },
    });
  }
  stats.recordCreated(nowMs());
  return item;
}
