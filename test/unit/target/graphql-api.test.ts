import { describe, expect, it } from 'vitest';
import { CallStats } from '../../../local/target/call-stats.ts';
import { createGraphqlApi } from '../../../local/target/graphql-api.ts';
import { ItemStore } from '../../../local/target/item-store.ts';

describe('the GraphQL API', () => {
  it('masks an unexpected error, and says nothing of its cause', async () => {
    const store = new ItemStore(':memory:');
    store.close();
    const api = createGraphqlApi({
      store,
      stats: new CallStats(),
      allowDuplicates: () => false,
      nowMs: () => 0,
    });
    const answer = await api(JSON.stringify({ query: '{ getItem(id: "a") { id } }' }), {});
    const { errors } = JSON.parse(answer.body);
    expect(errors[0].extensions.code).toBe('INTERNAL_SERVER_ERROR');
    expect(answer.body).not.toMatch(/database|stack/i);
  });
});
