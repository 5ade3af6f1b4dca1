import { connect } from 'node:net';
import { buildClientSchema, buildSchema, getIntrospectionQuery, printSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { targetSdl } from '../../../local/target/graphql-api.ts';
import { call, create, getItem, item, openTarget } from './support/target-client.ts';

describe('the GraphQL API', () => {
  it('creates an item and gives it back', async () => {
    const target = await openTarget();
    const created = await create(target, 'a');
    expect(created.status).toBe(200);
    expect(created.headers.get('content-type')).toContain('application/json');
    expect(created.body).toEqual({ data: { createItem: item('a') } });
    expect(await getItem(target, 'a')).toEqual(item('a'));
  });

  it('knows nothing of other ids', async () => {
    expect(await getItem(await openTarget(), 'nobody')).toBeNull();
  });

  it('lists items in the order of creation, and clears them', async () => {
    const target = await openTarget();
    await create(target, 'b');
    await create(target, 'a');
    const list = '{ getItems { id } }';
    expect((await call(target, list)).body.data.getItems).toEqual([{ id: 'b' }, { id: 'a' }]);
    const cleared = await call(target, 'mutation { clearItems }');
    expect(cleared.body).toEqual({ data: { clearItems: true } });
    expect((await call(target, list)).body.data.getItems).toEqual([]);
    expect(target.stats()).toMatchObject({ items: 0, distinctItems: 0, created: 2 });
  });

  it.each(['application/json', 'application/graphql-response+json, application/json', '*/*'])(
    'refuses an id that exists, at status 200 with its code (accept %s)',
    async (accept) => {
      const target = await openTarget();
      await create(target, 'a');
      const again = await create(target, 'a', { headers: { accept } });
      expect(again.status).toBe(200);
      expect(again.body).toMatchObject({
        data: null,
        errors: [{ path: ['createItem'], extensions: { code: 'ALREADY_EXISTS' } }],
      });
      expect(target.stats()).toMatchObject({ created: 1, duplicateAttempts: 1, items: 1 });
    },
  );

  it('creates an id again where duplicates are allowed, and counts it', async () => {
    const target = await openTarget({ allowDuplicates: true });
    await create(target, 'a');
    expect((await create(target, 'a')).body).toEqual({ data: { createItem: item('a') } });
    expect(target.stats()).toMatchObject({
      created: 2,
      duplicateAttempts: 1,
      items: 2,
      distinctItems: 1,
    });
  });

  it('accepts an Idempotency-Key and counts it, no more', async () => {
    const target = await openTarget();
    const init = { headers: { 'idempotency-key': 'a' } };
    await create(target, 'a', init);
    expect((await create(target, 'a', init)).body.errors).toHaveLength(1);
    expect(target.stats().idempotencyKeys).toBe(2);
  });

  it('serves the schema that it exports', async () => {
    const { body } = await call(await openTarget(), getIntrospectionQuery());
    expect(printSchema(buildClientSchema(body.data))).toBe(printSchema(buildSchema(targetSdl)));
  });
});

describe('damaged input', () => {
  const created =
    'mutation { createItem(id: "a", name: "n", body: "b", timestamp: 1, brand: "x") { id } }';
  it.each([
    ['not JSON', '{"query": ', 'application/json'],
    ['an empty body', '', 'application/json'],
    ['a list', '[]', 'application/json'],
    ['JSON without a query', '{}', 'application/json'],
    ['a query that is no GraphQL', JSON.stringify({ query: 'mutation {' }), 'application/json'],
    ['an unknown field', JSON.stringify({ query: '{ getThing }' }), 'application/json'],
    [
      'a missing argument',
      JSON.stringify({ query: 'mutation { createItem(id: "a") { id } }' }),
      'application/json',
    ],
    [
      'a timestamp beyond 32 bits',
      JSON.stringify({ query: created.replace('1,', '1767225600000,') }),
      'application/json',
    ],
    [
      'variables of the wrong type',
      JSON.stringify({ query: 'query ($id: String!) { getItem(id: $id) { id } }', variables: 7 }),
      'application/json',
    ],
  ])('%s is a GraphQL error and creates nothing', async (_name, body, contentType) => {
    const target = await openTarget();
    const answer = await call(target, '', {}, { body, headers: { 'content-type': contentType } });
    expect(answer.status).toBeLessThan(500);
    expect(answer.body.errors[0].message).toEqual(expect.any(String));
    expect(target.stats().items).toBe(0);
    expect((await create(target, 'after')).status).toBe(200);
  });

  it('of another content type is refused', async () => {
    const target = await openTarget();
    const response = await fetch(target.graphqlUrl, {
      method: 'POST',
      body: created,
      headers: { 'content-type': 'text/plain' },
    });
    expect(response.status).toBe(415);
  });

  it('of too many bytes is answered 413 and keeps the connection', async () => {
    const target = await openTarget();
    const answer = await call(target, 'x'.repeat(1_000_001));
    expect(answer.status).toBe(413);
    expect(answer.body.errors[0].extensions.code).toBe('BAD_REQUEST');
  });

  it('that ends in the middle is forgotten', async () => {
    const target = await openTarget();
    const socket = connect(Number(new URL(target.url).port), '127.0.0.1');
    socket.write('POST /graphql HTTP/1.1\r\nHost: target\r\nContent-Length: 100\r\n\r\n{"query"');
    while (target.stats().calls === 0) await new Promise(setImmediate);
    socket.destroy();
    expect((await create(target, 'after')).status).toBe(200);
    expect(target.stats()).toMatchObject({ calls: 2, created: 1 });
  });
});
