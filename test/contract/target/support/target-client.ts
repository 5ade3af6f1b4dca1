import { afterEach } from 'vitest';
import {
  type RunningTarget,
  startTarget,
  type TargetOptions,
} from '../../../../local/target/start-target.ts';

const running: RunningTarget[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((target) => target.close()));
});

/** Starts a target on a free port, and closes it after the test. */
export async function openTarget(options: TargetOptions = {}): Promise<RunningTarget> {
  const target = await startTarget(options);
  running.push(target);
  return target;
}

interface GraphqlAnswer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test names what it expects in there
  body: any;
}

/** Posts a GraphQL request. Rejects when the connection breaks. */
export async function call(
  { graphqlUrl }: Pick<RunningTarget, 'graphqlUrl'>,
  query: string,
  variables: object = {},
  init: RequestInit = {},
): Promise<GraphqlAnswer> {
  const response = await fetch(graphqlUrl, {
    method: 'POST',
    body: JSON.stringify({ query, variables }),
    ...init,
    headers: { 'content-type': 'application/json', ...init.headers },
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const createItem = /* GraphQL */ `
  mutation ($id: String!, $name: String!, $body: String!, $timestamp: Int!, $brand: String!) {
    createItem(id: $id, name: $name, body: $body, timestamp: $timestamp, brand: $brand) {
      id name body timestamp brand
    }
  }
`;

export function item(id: string) {
  return {
    id,
    name: 'order-placed',
    body: `the body of ${id}`,
    timestamp: 1_767_225_600,
    brand: 'b',
  };
}

export function create(
  target: Pick<RunningTarget, 'graphqlUrl'>,
  id: string,
  init: RequestInit = {},
): Promise<GraphqlAnswer> {
  return call(target, createItem, item(id), init);
}

export async function getItem(target: Pick<RunningTarget, 'graphqlUrl'>, id: string) {
  const query = 'query ($id: String!) { getItem(id: $id) { id name body timestamp brand } }';
  return (await call(target, query, { id })).body.data.getItem;
}

/** Runs `task` for 0 … `times` − 1, one after the other, and returns what each gave. */
export async function inTurn<Result>(
  times: number,
  task: (number: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let number = 0; number < times; number += 1) results.push(await task(number));
  return results;
}
