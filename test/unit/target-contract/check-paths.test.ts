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
    'data.register.parcel@$p.whatever',
    '$$.data.register.parcel.ref = $$.event.id',
    '$not($exists(data.register.reasons)) and data.register.parcel ? true : false',
    'data.register ~> $exists',
    '$lookup(data.register, "parcel").ref',
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
      'data.parcel is never there: data of create.graphql, or data of lookup.graphql has parcels, register',
    ],
  ])('refuses a verdict on %s', (text, problem) => {
    expect(when(text)).toEqual([`contract.json verdicts[0].when: ${problem}`]);
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
