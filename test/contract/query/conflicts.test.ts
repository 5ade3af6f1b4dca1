import { beforeAll, expect, it } from 'vitest';
import type { Fact } from '../../../lib/event/fact.ts';
import type { DuckDbEngine } from '../../../scripts/query/duckdb-engine.ts';
import {
  findQuery,
  type Layer,
  readNamedQueries,
  sqlOf,
} from '../../../scripts/query/named-query.ts';
import { valuesOf } from '../../../scripts/query/parameters.ts';
import { openLayers } from '../../support/archive-folder.ts';
import { REPLAY, receivedFact } from '../../support/sample-facts.ts';

const at = (second: number) => `2026-01-01T10:00:0${second}.000Z`;
const sent = (eventId: string, second: number, payload: unknown, about: Partial<Fact> = {}) =>
  receivedFact({ eventId, at: at(second), payload, ...about } as Parameters<
    typeof receivedFact
  >[0]);

const FACTS: Fact[] = [
  sent('two', 1, { id: 'two', name: 'order.placed', lines: [{ sku: 'a', n: 1 }] }),
  sent(
    'two',
    2,
    { id: 'two', name: 'order.placed', lines: [{ sku: 'a', n: 2 }] },
    { keyName: 'shop' },
  ),
  sent('two', 3, { lines: [{ n: 1, sku: 'a' }], name: 'order.placed', id: 'two' }),
  // In one millisecond.
  sent('same-time', 4, { id: 'same-time', name: 'x' }),
  sent('same-time', 4, { id: 'same-time', name: 'y' }),
  // The same body: sent again with its keys in another order, archived twice, returned, replayed.
  sent('one', 1, { id: 'one', a: { b: 1, c: [1, null] } }),
  sent('one', 2, { a: { c: [1, null], b: 1 }, id: 'one' }),
  sent('one', 1, { id: 'one', a: { b: 1, c: [1, null] } }, { deferral: 1 }),
  sent('one', 5, { id: 'one', a: { b: 1, c: [1, null] } }, { replay: REPLAY }),
];

const RANGE = {
  fromMs: Date.parse(at(0)),
  toMs: Date.parse(at(9)),
  ...{ minutes: 0, eventId: '', requestId: '' },
};

let engine: DuckDbEngine;
beforeAll(async () => {
  const layers = await openLayers(async (put) => void (await put('all', FACTS)));
  engine = layers.engine;
  return layers.close;
});

it.each<Layer>(['raw', 'curated'])(
  'names the bodies that came under one id, over the %s layer',
  async (layer) => {
    const query = findQuery(await readNamedQueries(), 'conflicts');
    const values = valuesOf(query.parameters, RANGE);
    const { columns, rows } = await engine.run(sqlOf(query, layer), values);
    expect(columns.slice(0, 5)).toEqual([
      ...['event_id', 'name', 'first_received_at', 'receipts', 'key_name'],
    ]);
    expect(rows.map((row) => row.slice(0, 5))).toEqual([
      ['same-time', 'x', at(4), 1, null],
      ['same-time', 'y', at(4), 1, null],
      ['two', 'order.placed', at(1), 2, null],
      ['two', 'order.placed', at(2), 1, 'shop'],
    ]);
  },
);
