import { buildSchema, execute, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { ContractFiles } from '../../../lib/target/contract.ts';
import { type CheckOptions, checkTarget } from '../../../scripts/target-check/check-target.ts';
import type { GraphQlAnswer, PostGraphQl } from '../../../scripts/target-check/post-graphql.ts';

const SDL = `
  type Item { id: ID! }
  type Query { item(id: ID!): Item }
  type Mutation { createItem(id: ID!, at: Int!): Item }
`;

const FILES: ContractFiles = {
  'create.graphql': 'mutation ($id: ID!, $at: Int!) { createItem(id: $id, at: $at) { id } }',
  'lookup.graphql': 'query ($id: ID!) { item(id: $id) { id } }',
  'contract.json': JSON.stringify({
    create: {
      variables: '{"id": event.id, "at": timestamp}',
      created: 'data.createItem.id = event.id',
    },
    lookup: { variables: '{"id": event.id}', found: 'data.item.id = event.id' },
  }),
};

const answer = (status: number, body?: object): GraphQlAnswer => ({
  kind: 'answer',
  status,
  body: body && { data: undefined, errors: [], ...body },
  milliseconds: 12.4,
});
const failing = (status: number, message: string, code = '') =>
  answer(status, { errors: [{ message, code }] });

/** A target with a schema; `lookup` and `introspection` answer in its place where they are given. */
function target(
  options: {
    sdl?: string;
    lookup?: GraphQlAnswer;
    introspection?: GraphQlAnswer;
    root?: object;
  } = {},
) {
  const schema = buildSchema(options.sdl ?? SDL);
  const sent: string[] = [];
  const post: PostGraphQl = async (query, variables = {}) => {
    sent.push(query);
    const isIntrospection = query.includes('__schema');
    if (isIntrospection && options.introspection) return options.introspection;
    if (!isIntrospection && options.lookup) return options.lookup;
    const document = parse(query);
    const invalid = validate(schema, document);
    const { data, errors } =
      invalid.length > 0
        ? { data: undefined, errors: invalid }
        : await execute({
            schema,
            document,
            rootValue: options.root,
            variableValues: { ...variables },
          });
    return answer(200, {
      data: data ?? undefined,
      errors: (errors ?? []).map(({ message }) => ({ message, code: '' })),
    });
  };
  return { post, sent };
}

function check(
  post: PostGraphQl,
  options: Partial<CheckOptions> & { files?: Partial<ContractFiles> } = {},
) {
  const { files, ...rest } = options;
  return checkTarget({
    contract: { folder: 'target', sha256: '0', files: { ...FILES, ...files } },
    post,
    credentialFile: undefined,
    settings: { brand: 'acme', mutations_per_request: 1 },
    event: undefined,
    nowMs: 1_767_225_600_000,
    ...rest,
  });
}

const contractJson = (change: object) => ({
  'contract.json': JSON.stringify({ ...JSON.parse(FILES['contract.json']), ...change }),
});

describe('checkTarget', () => {
  it('finds a target that fits ready, and creates nothing', async () => {
    const { post, sent } = target();
    expect(await check(post)).toEqual({ ready: true, problems: [], notes: [], roundTripMs: 12 });
    expect(sent.filter((query) => query.includes('mutation ('))).toEqual([]);
  });

  it('says that the target cannot be reached', async () => {
    const post: PostGraphQl = async () => ({ kind: 'none', reason: 'ECONNREFUSED' });
    expect(await check(post)).toEqual({
      ready: false,
      problems: ['the target cannot be reached: ECONNREFUSED'],
      notes: [],
    });
  });

  it('names every place where a document does not fit the schema, and does not send it', async () => {
    const { post, sent } = target({
      sdl: SDL.replace('at: Int!', 'at: String!, of: Int').replace('item(', 'thing('),
    });
    const { ready, problems } = await check(post);
    expect({ ready, problems }).toEqual({
      ready: false,
      problems: [
        expect.stringMatching(/^create\.graphql:1:\d+: Variable "\$at" of type "Int!"/),
        expect.stringMatching(/^lookup\.graphql:1:\d+: Cannot query field "item"/),
      ],
    });
    expect(sent).not.toContain(FILES['lookup.graphql']);
  });

  it('tries the expressions against the types of the variables', async () => {
    const create = { variables: '{"id": event.id, "at": "now"}', created: 'true' };
    const { problems } = await check(target().post, { files: contractJson({ create }) });
    expect(problems).toEqual([
      expect.stringMatching(
        /^contract\.json create\.variables: Variable "\$at" got invalid value "now"/,
      ),
    ]);
  });

  it('takes a made-up event that lacks a field for a note, and the given one for a problem', async () => {
    const create = { variables: '{"id": event.order.id, "at": timestamp}', created: 'true' };
    const files = contractJson({ create });
    const made = await check(target().post, { files });
    expect(made).toMatchObject({
      ready: true,
      notes: [expect.stringMatching(/returns no \$id.*--event FILE/)],
    });
    const given = await check(target().post, { files, event: { id: 'e-1' } });
    expect(given).toMatchObject({
      ready: false,
      problems: [expect.stringMatching(/returns no \$id.*"e-1"/)],
    });
    const good = await check(target().post, { files, event: { id: 'e', order: { id: '5' } } });
    expect(good).toMatchObject({ ready: true, notes: [] });
  });

  it('tries a brand that is an expression', async () => {
    const settings = { brand: '{% event.shop %}', mutations_per_request: 1 };
    const { notes } = await check(target().post, { settings });
    expect(notes).toContainEqual(expect.stringMatching(/^brand returns no text/));
    expect((await check(target().post, { settings, event: { id: '1', shop: 'a' } })).ready).toBe(
      true,
    );
  });

  it.each([
    [answer(401), undefined, /wants a credential \(HTTP 401\).*--target-credential FILE/],
    [answer(403), 'c.json', /refuses the credential in c\.json \(HTTP 403\)/],
    [
      failing(200, 'Log in', 'UNAUTHENTICATED'),
      undefined,
      /wants a credential \(UNAUTHENTICATED: Log in\)/,
    ],
    [
      failing(200, 'Could not verify JWT', 'invalid-jwt'),
      'c.json',
      /refuses the credential in c\.json/,
    ],
  ])('says what to do about a credential: %o', async (refusal, credentialFile, message) => {
    const { post } = target({ lookup: refusal, introspection: refusal });
    const { ready, problems, notes } = await check(post, { credentialFile });
    expect({ ready, problems, notes }).toEqual({
      ready: false,
      problems: [expect.stringMatching(message)],
      notes: [],
    });
  });

  it('says that without introspection only a lookup was possible', async () => {
    const { post } = target({ introspection: failing(400, 'Introspection is disabled') });
    expect(await check(post)).toMatchObject({
      ready: true,
      notes: [
        'the target refuses introspection (HTTP 400: Introspection is disabled): the documents are not compared with its schema, only a lookup of an id that does not exist was possible',
      ],
    });
  });

  it.each([
    [
      failing(200, 'No such item', 'E404'),
      /returns an error \(E404: No such item\) and not a clean "not found".*is parked, and not created again/,
    ],
    [answer(404), /HTTP 404 without a GraphQL body: is this the address of the GraphQL endpoint\?/],
    [answer(500, { data: { item: null } }), /the target answers HTTP 500/],
    [
      { kind: 'none', reason: 'no answer within 10 s' } as const,
      /cannot be reached: no answer within 10 s/,
    ],
  ])('judges the answer to a lookup: %o', async (lookup, message) => {
    const { ready, problems } = await check(target({ lookup }).post);
    expect({ ready, problems }).toEqual({
      ready: false,
      problems: [expect.stringMatching(message)],
    });
  });

  it.each(['NOT_FOUND', 'not-found', 'ORDER_NOT_FOUND'])(
    'takes the code %s for a clean "not found"',
    async (code) => {
      const lookup = failing(200, 'No such item', code);
      expect(await check(target({ lookup }).post)).toMatchObject({ ready: true, problems: [] });
    },
  );

  it('says that the expression of the lookup fails', async () => {
    const lookup = { variables: '{"id": event.id}', found: '$error("not this")' };
    const { problems } = await check(target().post, { files: contractJson({ lookup }) });
    expect(problems).toEqual([expect.stringMatching(/lookup\.found fails for event .*not this/)]);
  });

  it('sees a lookup that finds everything', async () => {
    const lookup = { variables: '{"id": event.id}', found: '$exists(data)' };
    const { problems } = await check(target().post, { files: contractJson({ lookup }) });
    expect(problems).toEqual([
      expect.stringMatching(/lookup\.found is true for an id that does not exist/),
    ]);
  });

  it('says what an absent lookup means', async () => {
    const { 'lookup.graphql': _, ...rest } = FILES;
    const { create } = JSON.parse(FILES['contract.json']);
    const contract = {
      folder: 'x',
      sha256: '0',
      files: { ...rest, 'contract.json': JSON.stringify({ create }) },
    };
    const { ready, notes } = await check(target().post, { contract });
    expect({ ready, notes }).toEqual({
      ready: true,
      notes: [expect.stringMatching(/has no lookup/)],
    });
  });

  it('says which requests cannot be shared', async () => {
    const sdl = SDL.replaceAll('): Item }', '): Item! }');
    const root = { item: ({ id }: { id: string }) => ({ id: `other than ${id}` }) };
    const alone = await check(target({ sdl, root }).post);
    expect(alone).toMatchObject({
      ready: true,
      notes: [
        expect.stringMatching(/createItem is non-null.*mutations_per_request must be 1, as it is/),
        'item is non-null: lookups are sent one by one',
      ],
    });
    const settings = { brand: 'acme', mutations_per_request: 5 };
    const grouped = await check(target({ sdl, root }).post, { settings });
    expect(grouped.problems).toEqual([expect.stringMatching(/must be 1, and is 5/)]);
  });
});
