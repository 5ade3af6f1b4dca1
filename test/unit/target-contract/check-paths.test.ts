import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { checkPaths } from '../../../lib/target/check-paths.ts';

const DOCUMENTS = {
  'create.graphql': /* GraphQL */ `
    mutation ($parcel: ParcelInput!) {
      register(parcel: $parcel) {
        __typename
        ... on Registered { parcel { ...Own status } }
        ... on Invalid { reasons { code } }
      }
    }
    fragment Own on Parcel { ref: reference extra }`,
  'lookup.graphql': 'query ($ids: [ID!]!) { parcels(ids: $ids) { reference } }',
};

const CONTRACT = {
  create: {
    variables: "{'parcel': {'reference': event.id, 'label': event.name}}",
    created: 'data.register.parcel.ref = event.id',
    userErrors: 'data.register.reasons',
  },
  lookup: { variables: "{'ids': [event.id]}", found: 'event.id in data.parcels.reference' },
};

const check = (contract: object, event?: object) =>
  checkPaths(
    { ...DOCUMENTS, 'contract.json': JSON.stringify({ ...CONTRACT, ...contract }) },
    { event },
  );
const created = (text: string) => check({ create: { ...CONTRACT.create, created: text } }).problems;
const when = (text: string) => check({ verdicts: [{ when: text, verdict: 'rejected' }] }).problems;

describe('checkPaths', () => {
  it.each([
    'data.register.parcel.ref = event.id',
    '$exists(data.register.parcel[ref = $$.event.id])',
    'event.id in data.*.parcel.anything',
    '$string(data.register.parcel.ref) = event.id',
    'data.register.parcel.extra.deep.inside = 1',
    '($p := data.register.parcel; $p.ref = event.id)',
    '$count($filter(data.register, function($one) { $one.parcel.ref = event.id })) = 1',
    'data.register.parcel.(ref & status) = event.id',
    'data.register.parcel^(status)[0].ref = event.id',
    '$$.data.register.parcel.ref = $$.event.id',
    '$not($exists(data.register.reasons)) and data.register.parcel ? true : false',
    'data.register ~> $exists',
    '$lookup(data.register, "parcel").ref',
    // Parameters hide variables of the same name, and variables may be assigned again.
    '($r := data.register; $is := function($r) { $r.code = 1 }; $exists($filter($r.reasons, $is)))',
    '($v := data.register; $reduce($v.reasons, function($n, $v) { $v.code }, 0) = 1)',
    '($p := data.register; $x := $p := data.register.parcel; $p.ref = event.id)',
    '($p := data.register; function($p) { $p.parcel.ref }(data.register) = event.id)',
    '($filter := function($o, $f) { $f($o.reasons) }; $filter(data.register, function($x) { $x.code }))',
    // A group has members of its own.
    '(data.register.reasons){code: code}.TAKEN = 1',
    '($r := data.register.reasons; $r{code: code}.TAKEN = 1)',
    // After `@$x` a path goes on from where it was.
    '$exists(data.register.reasons@$r[__typename = "Invalid" and $r.code = 1])',
    'data.register.reasons@$r#$i[__typename = "Invalid" and $i = 0].$r.code = 1',
  ])('lets pass %s', (text) => {
    expect(created(text)).toEqual([]);
  });

  it.each([
    ['date.register', 'date is never there: this expression has event, data'],
    ['$exists(evnt.id)', 'evnt is never there: this expression has event, data'],
    ['status = 200', 'status is never there: this expression has event, data'],
    [
      'data.registered.parcel',
      'data.registered is never there: data of create.graphql has register',
    ],
    [
      'data.register.parcel.reference = event.id',
      'data.register.parcel.reference is never there: data.register.parcel in create.graphql has ref, extra, status',
    ],
    [
      'data.register.parcel[ref = event.id]',
      'event is read from data.register.parcel in create.graphql, which has ref, extra, status: write $$.event',
    ],
    [
      '($p := data.register.parcel; $p.refs = event.id)',
      'refs is never there: data.register.parcel in create.graphql has ref, extra, status',
    ],
    [
      '$map(data.register, function($one) { $one.parsel })',
      'parsel is never there: data.register in create.graphql has __typename, parcel, reasons',
    ],
    [
      'data.register.parcel@$p.whatever',
      'whatever is never there: data.register in create.graphql has __typename, parcel, reasons',
    ],
    [
      'data.register.reasons@$r[$r.kode = 1]',
      'kode is never there: data.register.reasons in create.graphql has code',
    ],
    [
      'data.register.parcel{ref: statuss}',
      'statuss is never there: data.register.parcel in create.graphql has ref, extra, status',
    ],
  ])('refuses %s', (text, problem) => {
    expect(created(text)).toEqual([`contract.json create.created: ${problem}`]);
  });

  it.each([
    ["errors.cod = 'X'", 'errors.cod is never there: an error has message, code, path, extensions'],
    ['headers.`X-Busy`', 'headers.X-Busy is never there: names of headers are in lower case'],
    [
      "userErrors.kode = 'X'",
      'userErrors.kode is never there: data.register.reasons in create.graphql has code',
    ],
    [
      'data.parcel',
      'data.parcel is never there: data of create.graphql, or data of lookup.graphql has register, parcels',
    ],
  ])('refuses a verdict on %s', (text, problem) => {
    expect(when(text)).toEqual([`contract.json verdicts[0].when: ${problem}`]);
  });

  it('knows both shapes of a root field that both documents have', () => {
    const files = {
      'create.graphql': 'mutation { item { parcel { reference } } }',
      'lookup.graphql': 'query { item { nodes { reference } } }',
      'contract.json': JSON.stringify({
        create: { variables: '{}', created: 'data.item.parcel.reference = event.id' },
        lookup: { variables: '{}', found: 'event.id in data.item.nodes.reference' },
        verdicts: [
          {
            when: 'event.id in data.item.nodes.reference or data.item.parcel',
            verdict: 'duplicate',
          },
        ],
      }),
    };
    expect(checkPaths(files)).toEqual({ problems: [], notes: [] });
  });

  it('takes a value that the schema lacks beside one that it has', () => {
    const schema = buildSchema(`
      enum Status { PAID OPEN }
      type Registered { parcel: Parcel }
      type Parcel { reference: ID! extra: String status: Status }
      type Reason { code: String }
      type Invalid { reasons: [Reason!] }
      union Result = Registered | Invalid
      input ParcelInput { reference: ID! }
      type Query { parcels(ids: [ID!]!): [Parcel!] }
      type Mutation { register(parcel: ParcelInput!): Result }`);
    const problems = (text: string) =>
      checkPaths(
        {
          ...DOCUMENTS,
          'contract.json': JSON.stringify({
            ...CONTRACT,
            create: { ...CONTRACT.create, created: text },
          }),
        },
        { schema },
      ).problems;
    const status = 'data.register.parcel.status';
    expect(problems(`${status} in ['PAID', 'COMPLETED'] and ${status} != ''`)).toEqual([]);
    expect(problems(`${status} = 'PAYED'`)).toEqual([
      `contract.json create.created: "PAYED" is never there: ${status} is one of PAID, OPEN`,
    ]);
    expect(problems(`data.register.__typename in ['Exists', 'Known']`)).toEqual([
      expect.stringMatching(/"Exists", "Known" is never there: .* is one of Registered, Invalid$/),
    ]);
  });

  it('takes a verdict on either answer, and on what errors hold', () => {
    expect(when('data.parcels.reference or data.register.reasons.code')).toEqual([]);
    expect(when("errors.extensions.deep.code = 'X' or headers.`x-busy` = '1'")).toEqual([]);
  });

  it('checks the wait of a verdict', () => {
    const verdict = {
      when: 'status = 503',
      verdict: 'throttled',
      waitSeconds: 'data.register.wait',
    };
    expect(check({ verdicts: [verdict] }).problems).toEqual([
      expect.stringMatching(
        /^contract\.json verdicts\[0\]\.waitSeconds: data\.register\.wait is never/,
      ),
    ]);
  });

  it('notes a field that not every event has', () => {
    const contract = { lookup: { ...CONTRACT.lookup, variables: "{'ids': [event.nummer]}" } };
    const note =
      'contract.json lookup.variables: event.nummer is there only if your source sends it: every event has id, name, body, timestamp';
    expect(check(contract)).toEqual({ problems: [], notes: [note] });
    expect(check(contract, { nummer: 1 })).toEqual({ problems: [], notes: [] });
  });
});
