import type { Fact } from '../../lib/event/fact.ts';
import { rowOf, type StatusRow } from '../../lib/status/rows.ts';

/** The row of a fact, which has one. */
export function rowOfFact(fact: Fact): StatusRow {
  const reading = rowOf(fact);
  if (!reading.valid) throw new Error(reading.detail);
  return reading.row;
}
