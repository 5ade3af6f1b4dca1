import fc from 'fast-check';
import { buildSchema, execute, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { compileContract } from '../../../lib/target/compile-contract.ts';
import type { VariablesInput } from '../../../lib/target/contract.ts';

const schema = buildSchema(`
  input Line { sku: String!, tags: [String!] }
  input Order { id: ID!, lines: [Line!]! }
  type Result { echo: String!, part(of: Int, flag: Boolean): String }
  type Query { ping: String }
  type Mutation { place(order: Order!, key: String, limit: Int): Result }
`);

/** Variables in an object, a list, a nested selection, a directive and a default; `$a` and `$a1` are not to be mistaken. */
const CREATE = `mutation place($a: ID!, $a1: String!, $tag: String!, $of: Int = 3, $flag: Boolean!, $key: String) {
  place(order: { id: $a, lines: [{ sku: $a1, tags: [$tag, "fixed"] }] }, key: $key, limit: 7) {
    ...Echo
    part(of: $of, flag: $flag) @include(if: $flag)
  }
}
fragment Echo on Result { echo }`;

const contract = compileContract({
  'create.graphql': CREATE,
  'contract.json': JSON.stringify({
    create: {
      variables:
        '{"a": event.id, "a1": event.sku, "tag": event.tag, "of": event.of, "flag": event.flag, "key": idempotencyKey}',
      created: 'data.place.echo',
    },
  }),
});

const rootValue = {
  place: (given: object) => ({
    echo: JSON.stringify(given),
    part: (inner: object) => JSON.stringify(inner),
  }),
};

async function run(inputs: VariablesInput[]): Promise<unknown[]> {
  const { query, variables, fields } = await contract.createOperation(inputs);
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  const { data, errors } = await execute({
    schema,
    document,
    rootValue,
    variableValues: variables,
  });
  expect(errors).toBeUndefined();
  expect(Object.keys(data ?? {})).toEqual(fields);
  return fields.map((field) => data?.[field]);
}

const inputs = fc
  .record(
    {
      id: fc.string(),
      sku: fc.string(),
      tag: fc.string(),
      flag: fc.boolean(),
      of: fc.integer({ min: -1000, max: 1000 }),
    },
    { requiredKeys: ['id', 'sku', 'tag', 'flag'] },
  )
  .map((event) => ({ event, timestamp: 0, brand: '', idempotencyKey: `key of ${event.id}` }));

describe('a grouped operation', () => {
  it('does for each event what the document does for it alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(inputs, { minLength: 2, maxLength: 25 }), async (group) => {
        const together = await run(group);
        const alone = [];
        for (const input of group) alone.push(...(await run([input])));
        expect(together).toEqual(alone);
      }),
      { numRuns: 40 },
    );
  });
});
