import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { createSchema, createYoga } from 'graphql-yoga';
import { beforeEach, describe, expect, it } from 'vitest';
import { compileBrand } from '../../../lib/target/brand.ts';
import { compileContract } from '../../../lib/target/compile-contract.ts';
import type {
  ContractVerdict,
  NormalisedError,
  Operation,
  TargetContract,
} from '../../../lib/target/contract.ts';
import { checkDocuments } from '../../../scripts/target-check/check-schema.ts';
import { readContract } from '../../../scripts/target-contract.ts';
import { BAD_NAME, EXAMPLE_TARGETS, type ExampleTarget } from '../../support/example-targets.ts';
import { readMarkdown } from '../../support/markdown.ts';

const DOCS = join(import.meta.dirname, '../../../docs');

const EVENT = { id: 'e-1', name: 'order.placed', body: 'hello', timestamp: 1_767_225_600 };

/** Everything that the contract says of the answer to one event. */
interface Reading {
  created: boolean;
  userErrorCodes: unknown[];
  verdict: ContractVerdict | undefined;
}

/** An API in this process, called through a contract. */
class Caller {
  readonly yoga;
  readonly contract: TargetContract;

  constructor(target: ExampleTarget, contract: TargetContract) {
    this.yoga = createYoga({
      schema: createSchema(target.api as Parameters<typeof createSchema>[0]),
      logging: false,
    });
    this.contract = contract;
  }

  async call({ query, variables, fields }: Operation) {
    const response = await this.yoga.fetch('http://target/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors = [] } = (await response.json()) as {
      data?: Record<string, unknown>;
      errors?: (Partial<NormalisedError> & { message: string })[];
    };
    return { parts: fields.map((field) => data?.[field]), errors };
  }

  async create(events: (typeof EVENT)[]): Promise<Reading[]> {
    const { parts, errors } = await this.call(
      await this.contract.createOperation(events.map(inputOf)),
    );
    const normalised = errors.map(
      ({ message, path = [], extensions = {} }): NormalisedError => ({
        message,
        code: String(extensions.code ?? ''),
        path,
        extensions,
      }),
    );
    const { contract } = this;
    return Promise.all(
      parts.map(async (part, index) => {
        const event = events[index];
        const data = { [contract.createField]: part };
        const userErrors = (await contract.userErrors?.({ event, data })) ?? [];
        return {
          created: await contract.isCreated({ event, data }),
          userErrorCodes: userErrors.map((error) => (error as { code: unknown }).code),
          verdict: (
            await contract.verdict?.({
              event,
              status: 200,
              headers: {},
              data,
              errors: normalised,
              userErrors,
            })
          )?.verdict,
        };
      }),
    );
  }

  async find(events: (typeof EVENT)[]): Promise<boolean[]> {
    const operation = await this.contract.lookupOperation(events.map(inputOf));
    const { parts, errors } = await this.call(operation);
    expect(errors.filter(({ extensions }) => extensions?.code !== 'PARCEL_NOT_FOUND')).toEqual([]);
    const field = this.contract.lookupField ?? '';
    return Promise.all(
      parts.map((part, index) =>
        this.contract.isFound({ event: events[index], data: { [field]: part } }),
      ),
    );
  }
}

function inputOf(event: typeof EVENT) {
  return { event, timestamp: event.timestamp, brand: 'acme', idempotencyKey: event.id };
}

const CREATED = { created: true, userErrorCodes: [], verdict: undefined };

/** What comes of an event that the target has already, and of one whose name it refuses. */
const EXPECTED: Record<string, { duplicate: Reading; bad: Reading }> = {
  'orders-with-user-errors': {
    duplicate: { created: false, userErrorCodes: ['TAKEN'], verdict: 'duplicate' },
    bad: { created: false, userErrorCodes: ['BLANK'], verdict: 'rejected' },
  },
  'parcels-union': {
    duplicate: { created: false, userErrorCodes: [], verdict: 'duplicate' },
    bad: { created: false, userErrorCodes: [undefined], verdict: 'rejected' },
  },
  'entries-upsert': {
    duplicate: CREATED,
    bad: { created: false, userErrorCodes: ['INVALID'], verdict: 'rejected' },
  },
  'events-insert-one': {
    duplicate: { created: false, userErrorCodes: [], verdict: 'duplicate' },
    bad: { created: false, userErrorCodes: [], verdict: 'rejected' },
  },
};

it('every example of docs/ is tried here', async () => {
  const folders = await readdir(join(DOCS, 'examples'));
  expect(folders.toSorted()).toEqual(Object.keys(EXAMPLE_TARGETS).toSorted());
  expect(Object.keys(EXPECTED).toSorted()).toEqual(folders.toSorted());
});

it('the contract in docs/connect-your-api.md compiles, and its brand', async () => {
  const text = await readFile(join(DOCS, 'connect-your-api.md'), 'utf8');
  const { fences } = readMarkdown(text);
  const textsOf = (language: string) =>
    fences.filter((fence) => fence.language === language).map((fence) => fence.text);
  const [create = '', lookup = ''] = textsOf('graphql');
  const [contract = '', verdict = '', brand = ''] = textsOf('json');
  const files = { 'create.graphql': create, 'lookup.graphql': lookup, 'contract.json': contract };
  expect(compileContract(files).createField).toBe('orderCreate');
  const union = join(DOCS, 'examples/parcels-union/contract.json');
  expect(JSON.parse(await readFile(union, 'utf8')).verdicts).toContainEqual(JSON.parse(verdict));
  const brandOf = compileBrand((JSON.parse(brand) as { brand: string }).brand);
  expect(await brandOf({ shop: 'acme' })).toBe('Acme');
});

describe.each(Object.keys(EXAMPLE_TARGETS))('docs/examples/%s', (name) => {
  let target: ExampleTarget;
  let caller: Caller;
  beforeEach(async () => {
    target = (EXAMPLE_TARGETS[name] as () => ExampleTarget)();
    const { files } = await readContract(target.contract);
    caller = new Caller(target, compileContract(files));
  });

  it('fits its schema', async () => {
    const { files } = await readContract(target.contract);
    const { contract } = caller;
    const schema = buildSchema(target.api.typeDefs);
    const { problems } = checkDocuments(schema, { files, contract, mutationsPerRequest: 1 });
    expect(problems).toEqual([]);
  });

  it('creates an event, and finds it', async () => {
    expect(await caller.find([EVENT])).toEqual([false]);
    expect(await caller.create([EVENT])).toEqual([CREATED]);
    expect(await caller.find([EVENT])).toEqual([true]);
    expect([...target.items.keys()]).toEqual(['e-1']);
  });

  it('reads a duplicate', async () => {
    await caller.create([EVENT]);
    expect(await caller.create([EVENT])).toEqual([EXPECTED[name]?.duplicate]);
  });

  it('reads a refusal of bad input', async () => {
    expect(await caller.create([{ ...EVENT, name: BAD_NAME }])).toEqual([EXPECTED[name]?.bad]);
    expect(await caller.find([EVENT])).toEqual([false]);
  });

  it('creates and finds several in one request', async () => {
    const events = ['a', 'b', 'c'].map((id) => ({ ...EVENT, id }));
    expect(await caller.create(events)).toEqual([CREATED, CREATED, CREATED]);
    expect(await caller.find([...events, EVENT])).toEqual([true, true, true, false]);
  });
});
