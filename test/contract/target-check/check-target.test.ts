import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { buildSchema, execute, type GraphQLSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { ContractFiles } from '../../../lib/target/contract.ts';
import { SETTINGS_FILE } from '../../../scripts/settings-file.ts';
import { checkLiveTarget } from '../../../scripts/target-check.ts';
import type { NamedContract } from '../../../scripts/target-contract.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { serve } from '../../support/test-server.ts';
import { startTokenServer } from '../target-client/token-server.ts';

const SDL = `
  type Item { id: ID! }
  type Query { item(id: ID!): Item }
  type Mutation { createItem(id: ID!, at: Int!): Item }
`;

const CREDENTIAL = { headers: { authorization: 'Bearer abc' } };

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

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body: string;
}

const answer = (status: number, body?: object): Answer => ({
  status,
  body: body ? JSON.stringify(body) : '',
});
const failing = (status: number, message: string, code = '') =>
  answer(status, { errors: [{ message, extensions: code ? { code } : {} }] });

/** A target with a schema; the answers of `lookups` come first, the last of them for all others; `introspection` likewise. */
async function target(
  options: { sdl?: string; lookups?: Answer[]; introspection?: Answer; root?: object } = {},
) {
  const schema = buildSchema(options.sdl ?? SDL);
  const sent: string[] = [];
  const lookups = [...(options.lookups ?? [])];
  const authorizations: (string | undefined)[] = [];
  const url = await serve(async (request, response) => {
    authorizations.push(request.headers.authorization);
    const { query, variables } = (await json(request)) as { query: string; variables: object };
    sent.push(query);
    const isIntrospection = query.includes('__schema');
    const given = isIntrospection ? options.introspection : nextOf(lookups);
    const { status, headers, body } = given ?? answer(200, await run(schema, query, variables));
    response.writeHead(status, headers).end(body);
  });
  const run = async (of: GraphQLSchema, query: string, variables: object) => {
    const document = parse(query);
    const errors = validate(of, document);
    if (errors.length > 0) return { errors };
    return execute({
      schema: of,
      document,
      rootValue: options.root,
      variableValues: { ...variables },
    });
  };
  return { url, sent, authorizations };
}

/** The answers one after the other, then the last one again and again. */
const nextOf = (answers: Answer[]) => (answers.length > 1 ? answers.shift() : answers[0]);

async function check(
  { url }: { url: string },
  options: {
    files?: Partial<ContractFiles>;
    contract?: NamedContract;
    settings?: object;
    event?: object;
    credential?: object;
  } = {},
) {
  const folder = await temporaryFolder('target-check');
  const settingsFile = join(folder, 'settings.json');
  const settings = JSON.parse(await readFile(SETTINGS_FILE, 'utf8'));
  await writeFile(settingsFile, JSON.stringify({ ...settings, ...options.settings }));
  const credentialFile = options.credential && join(folder, 'c.json');
  if (credentialFile) await writeFile(credentialFile, JSON.stringify(options.credential));
  return checkLiveTarget({
    url,
    contract: options.contract ?? {
      folder: 'target',
      sha256: '0',
      files: { ...FILES, ...options.files },
    },
    settingsFile,
    credentialFile,
    ratePerSecond: 1000,
    event: options.event,
  });
}

const CREATED = 'data.createItem.id = event.id';

const contractJson = (change: object) => ({
  'contract.json': JSON.stringify({ ...JSON.parse(FILES['contract.json']), ...change }),
});

describe('checkLiveTarget', () => {
  it('finds a target that fits ready, and creates nothing', async () => {
    const { url, sent } = await target();
    expect(await check({ url })).toEqual({
      ready: true,
      problems: [],
      notes: [],
      roundTripMs: expect.any(Number),
    });
    expect(sent.filter((query) => query.includes('mutation ('))).toEqual([]);
  });

  it('names every place where a document does not fit the schema, and does not send it', async () => {
    const { url, sent } = await target({
      sdl: SDL.replace('at: Int!', 'at: String!, of: Int').replace('item(', 'thing('),
    });
    const { ready, problems } = await check({ url });
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
    const create = { variables: '{"id": event.id, "at": "now"}', created: CREATED };
    const { problems } = await check(await target(), { files: contractJson({ create }) });
    expect(problems).toEqual([
      expect.stringMatching(
        /^contract\.json create\.variables: Variable "\$at" got invalid value "now"/,
      ),
    ]);
  });

  it('takes a made-up event that lacks a field for a note, and the given one for a problem', async () => {
    const create = { variables: '{"id": event.order.id, "at": timestamp}', created: CREATED };
    const files = contractJson({ create });
    const made = await check(await target(), { files });
    expect(made).toMatchObject({
      ready: true,
      notes: [
        expect.stringMatching(/event\.order is there only if your source sends it/),
        expect.stringMatching(/returns no \$id.*--event FILE/),
      ],
    });
    const given = await check(await target(), { files, event: { id: 'e-1' } });
    expect(given).toMatchObject({
      ready: false,
      problems: [expect.stringMatching(/returns no \$id.*"e-1"/)],
    });
    const good = await check(await target(), { files, event: { id: 'e', order: { id: '5' } } });
    expect(good).toMatchObject({ ready: true, notes: [] });
  });

  it('says that a condition is true without an item', async () => {
    const create = { variables: '{"id": event.id, "at": timestamp}', created: 'data' };
    const { problems } = await check(await target(), { files: contractJson({ create }) });
    expect(problems).toEqual([
      expect.stringMatching(/create\.created is true for an answer without/),
    ]);
  });

  it.each([
    ['create', 'created', 'data.createItem.id = event.name'],
    ['lookup', 'found', 'data.item.id = "other"'],
  ])(
    'notes that %s.%s is true for no answer that the schema allows',
    async (part, member, text) => {
      const whole = JSON.parse(FILES['contract.json']);
      const files = contractJson({ [part]: { ...whole[part], [member]: text } });
      const { ready, notes } = await check(await target(), { files });
      expect({ ready, notes }).toEqual({
        ready: true,
        notes: [expect.stringMatching(new RegExp(`${part}\\.${member} is true for none of`))],
      });
    },
  );

  it('knows the values that a field can have', async () => {
    const sdl = `
      interface Result { id: ID! }
      type Made implements Result { id: ID! }
      type Busy implements Result { id: ID!, seconds: Int! }
      enum State { NEW OLD }
      type Query { item(id: ID!): Made }
      type Mutation { createItem(id: ID!, at: Int!): Result, state: State }`;
    const files = {
      ...contractJson({
        verdicts: [
          { when: "data.createItem.__typename = 'Busi'", verdict: 'throttled' },
          { when: "data.createItem.__typename in ['Busy', 'Made']", verdict: 'throttled' },
        ],
      }),
      'create.graphql':
        'mutation ($id: ID!, $at: Int!) { createItem(id: $id, at: $at) { __typename id } }',
    };
    const { problems } = await check(await target({ sdl }), { files });
    expect(problems).toEqual([
      'contract.json verdicts[0].when: "Busi" is never there: data.createItem.__typename is one of Made, Busy',
    ]);
  });

  it('tries a brand that is an expression', async () => {
    const settings = { brand: '{% event.shop %}', mutations_per_request: 1 };
    const { notes } = await check(await target(), { settings });
    expect(notes).toContainEqual(expect.stringMatching(/^brand returns no text/));
    expect((await check(await target(), { settings, event: { id: '1', shop: 'a' } })).ready).toBe(
      true,
    );
  });

  it.each([
    [
      answer(401),
      undefined,
      /wants a credential \(HTTP 401.*"headers".*"oauth".*--target-credential FILE/,
    ],
    [answer(403), CREDENTIAL, /refuses the credential in .*c\.json \(HTTP 403.*"headers".*"oauth"/],
    [
      failing(200, 'Log in', 'UNAUTHENTICATED'),
      undefined,
      /wants a credential \(HTTP 200, UNAUTHENTICATED: Log in\)/,
    ],
    [
      failing(200, 'Could not verify JWT', 'invalid-jwt'),
      CREDENTIAL,
      /refuses the credential in .*c\.json/,
    ],
  ])('says what to do about a credential: %o', async (refusal, credential, message) => {
    const { url } = await target({ lookups: [refusal], introspection: refusal });
    const { ready, problems, notes } = await check({ url }, { ...(credential && { credential }) });
    expect({ ready, problems, notes }).toEqual({
      ready: false,
      problems: [expect.stringMatching(message)],
      notes: [expect.stringMatching(/^nothing else was checked/)],
    });
  });

  it('sends the token of an OAuth credential with every call', async () => {
    const tokens = await startTokenServer();
    const oauth = { tokenUrl: tokens.url, clientId: 'id', clientSecret: 'hidden' };
    const { url, authorizations } = await target();
    expect(await check({ url }, { credential: { oauth } })).toMatchObject({ ready: true });
    expect(new Set(authorizations)).toEqual(new Set(['Bearer token-1']));
    expect(authorizations).toHaveLength(7);
  });

  it('says that the token server refuses the client, and calls nothing', async () => {
    const tokens = await startTokenServer({ status: 401, body: '{"error": "invalid_client"}' });
    const oauth = { tokenUrl: tokens.url, clientId: 'id', clientSecret: 'hidden' };
    const { url, sent } = await target();
    const { problems } = await check({ url }, { credential: { oauth } });
    expect(problems).toEqual([
      expect.stringMatching(/the credential in .*c\.json cannot be used: .*invalid_client/),
    ]);
    expect(problems.join()).not.toContain('hidden');
    expect(sent).toEqual([]);
  });

  it('waits as it is told when a lookup is throttled, and tries again', async () => {
    const throttled = { status: 429, headers: { 'retry-after': '0.01' }, body: 'slow down' };
    const lookups = [throttled, throttled, answer(200, { data: { item: null } })];
    const { url, sent } = await target({ lookups });
    expect(await check({ url })).toMatchObject({ ready: true, problems: [] });
    expect(sent).toHaveLength(1 + 2 + 1 + 5);
  });

  it('says that every call is throttled, after four tries', async () => {
    const lookups = [{ status: 429, headers: { 'retry-after': '0.01' }, body: 'slow down' }];
    const { url, sent } = await target({ lookups });
    const { problems } = await check({ url });
    expect(problems).toEqual([expect.stringMatching(/throttles every call \(HTTP 429/)]);
    expect(sent).toHaveLength(1 + 4);
  });

  it('reads the codes of the settings', async () => {
    const { url } = await target({ lookups: [failing(200, 'Who are you?', 'E7')] });
    const codes = { target_codes: { unauthorized: ['E7'] } };
    expect((await check({ url }, { settings: codes })).problems).toEqual([
      expect.stringMatching(/wants a credential \(HTTP 200, E7/),
    ]);
  });

  it('says that without introspection only a lookup was possible', async () => {
    const { url } = await target({ introspection: failing(400, 'Introspection is disabled') });
    expect(await check({ url })).toMatchObject({
      ready: true,
      notes: [
        'the target refuses introspection (HTTP 400: Introspection is disabled): the documents are not compared with its schema, only a lookup of an id that does not exist was possible',
      ],
    });
  });

  it.each([
    [
      failing(200, 'No such item', 'E404'),
      /a lookup of an id that does not exist fails \(HTTP 200, E404: No such item\).*is parked, and not created again/,
    ],
    [
      answer(404),
      /no GraphQL answer \(HTTP 404: .*\): is this the address of the GraphQL endpoint\?/,
    ],
    [answer(500, { data: { item: null } }), /fails \(HTTP 500/],
    [{ status: 301, headers: { location: '/g' }, body: '' }, /the target redirects \(HTTP 301/],
  ])('judges the answer to a lookup: %o', async (lookup, message) => {
    const { ready, problems } = await check(await target({ lookups: [lookup] }));
    expect({ ready, problems }).toEqual({
      ready: false,
      problems: [expect.stringMatching(message)],
    });
  });

  it.each(['NOT_FOUND', 'not-found', 'ORDER_NOT_FOUND', 'ItemNotFoundException'])(
    'takes the code %s for a clean "not found"',
    async (code) => {
      const lookup = failing(200, 'No such item', code);
      expect(await check(await target({ lookups: [lookup] }))).toMatchObject({
        ready: true,
        problems: [],
      });
    },
  );

  it('says that the expression of the lookup fails', async () => {
    const lookup = { variables: '{"id": event.id}', found: '$error("not this")' };
    const { problems } = await check(await target(), { files: contractJson({ lookup }) });
    expect(problems).toEqual([expect.stringMatching(/lookup\.found fails for event .*not this/)]);
  });

  it('sees a lookup that finds everything', async () => {
    const lookup = { variables: '{"id": event.id}', found: '$exists(data)' };
    const { problems } = await check(await target(), { files: contractJson({ lookup }) });
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
    const { ready, notes } = await check(await target(), { contract });
    expect({ ready, notes }).toEqual({
      ready: true,
      notes: [expect.stringMatching(/has no lookup/)],
    });
  });

  it('says which requests cannot be shared', async () => {
    const sdl = SDL.replaceAll('): Item }', '): Item! }');
    const root = { item: ({ id }: { id: string }) => ({ id: `other than ${id}` }) };
    const alone = await check(await target({ sdl, root }));
    expect(alone).toMatchObject({
      ready: true,
      notes: [
        expect.stringMatching(/createItem is non-null.*mutations_per_request must be 1, as it is/),
        'item is non-null: lookups are sent one by one',
      ],
    });
    const settings = { brand: 'acme', mutations_per_request: 5 };
    const grouped = await check(await target({ sdl, root }), { settings });
    expect(grouped.problems).toEqual([expect.stringMatching(/must be 1, and is 5/)]);
  });
});
