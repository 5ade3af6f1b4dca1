import { messageOf } from '../errors.ts';
import type { TargetEvent } from '../ports.ts';
import type { Operation, VariablesInput } from './contract.ts';
import { idempotencyKey } from './idempotency-key.ts';

export type Brand = (event: TargetEvent) => string | Promise<string>;
export type BuildOperation = (inputs: readonly VariablesInput[]) => Promise<Operation>;

/** One request for a group of events, and what keeps some of them out of it. */
export interface Prepared {
  /** `undefined` when no event can be sent. */
  operation: Operation | undefined;
  /** The events in the request, in order. */
  sent: readonly TargetEvent[];
  /** For each event of the group, the fault of the contract that keeps it from being sent. */
  faults: readonly (string | undefined)[];
}

/**
 * Builds the request for a group. An event whose brand or variables fail to evaluate is left out, and does not keep the others from
 * being sent. Never rejects.
 */
export async function prepare(
  events: readonly TargetEvent[],
  brand: Brand,
  build: BuildOperation,
): Promise<Prepared> {
  try {
    const inputs = await Promise.all(events.map((event) => inputOf(event, brand)));
    const operation = await build(inputs);
    return { operation, sent: events, faults: events.map(() => undefined) };
  } catch (error) {
    if (events.length > 1) return prepareEach(events, brand, build);
    return { operation: undefined, sent: [], faults: events.map(() => messageOf(error)) };
  }
}

async function prepareEach(
  events: readonly TargetEvent[],
  brand: Brand,
  build: BuildOperation,
): Promise<Prepared> {
  const alone = await Promise.all(events.map((event) => prepare([event], brand, build)));
  const faults = alone.map((each) => each.faults[0]);
  const sent = events.filter((_, index) => faults[index] === undefined);
  // All together fail although each alone does not: it is the group that the contract cannot build.
  if (sent.length === events.length || sent.length === 0) {
    const fault = 'the target contract cannot build one request for several events';
    return { operation: undefined, sent: [], faults: faults.map((each) => each ?? fault) };
  }
  const rest = await prepare(sent, brand, build);
  const [fault] = rest.faults;
  return { ...rest, faults: faults.map((each) => each ?? fault) };
}

async function inputOf(event: TargetEvent, brand: Brand): Promise<VariablesInput> {
  const { id, payload, timestamp } = event;
  const given = brand(event);
  return {
    event: payload,
    timestamp,
    brand: typeof given === 'string' ? given : await given,
    idempotencyKey: idempotencyKey(id),
  };
}
