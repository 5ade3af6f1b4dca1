import { GraphQLError } from 'graphql';
import { type GraphQlServer, openGraphQlServer } from './graphql-server.ts';

/** Schema of a target of the default contract. */
export const ITEM_TYPES = /* GraphQL */ `
  type Item { id: String! brand: String! }
  type Query { getItem(id: String!): Item }
  type Mutation {
    createItem(id: String!, name: String!, body: String!, timestamp: Int!, brand: String!): Item
  }`;

type Arguments = { id: string; name: string; brand: string };

/** Behaviour of the target; a test changes it while it runs. */
export interface TargetBehaviour {
  /** It rejects events with this name; `undefined` for none. */
  rejectedName: string | undefined;
  rejection: string;
  isDown: boolean;
}

export interface SwitchableTarget extends GraphQlServer {
  created: string[];
  behaviour: TargetBehaviour;
  close(): void;
}

/** A target of the default contract that rejects some events, or is down, while a test wants it to. */
export async function startSwitchableTarget(): Promise<SwitchableTarget> {
  const created: string[] = [];
  const behaviour: TargetBehaviour = { rejectedName: undefined, rejection: '', isDown: false };
  const resolvers = {
    Query: {
      getItem: (_: unknown, given: Arguments) => (created.includes(given.id) ? given : null),
    },
    Mutation: {
      createItem(_: unknown, given: Arguments) {
        if (given.name === behaviour.rejectedName)
          throw new GraphQLError(behaviour.rejection, { extensions: { code: 'BAD_USER_INPUT' } });
        created.push(given.id);
        return given;
      },
    },
  };
  const server = await openGraphQlServer(
    { typeDefs: ITEM_TYPES, resolvers },
    {
      intercept: () =>
        behaviour.isDown
          ? { status: 503, body: '{"errors":[{"message":"maintenance"}]}' }
          : undefined,
    },
  );
  return { ...server, created, behaviour };
}
