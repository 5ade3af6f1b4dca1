import { messageOf } from '../errors.ts';
import type { TargetEvent } from '../ports.ts';
import type { Operation, VariablesInput } from './contract.ts';
import { idempotencyKey } from './idempotency-key.ts';
import type { MaybePromise } from './maybe-promise.ts';

/** The value of `brand` for one payload; may throw or reject. */
export type Brand = (payload: unknown) => MaybePromise<string>;
export type BuildOperation = (inputs: readonly VariablesInput[]) => MaybePromise<Operation>;

/** One request for a group of events, and what keeps some of them out of it. */
export interface Prepared {
  /** `undefined` when no event can be sent. */
  operation: Operation | undefined;
  /** The events in the request, in order. */
  sent: readonly TargetEvent[];
  /** For each event of the group, the fault of the contract that keeps it from being sent; absent without any. */
  faults?: readonly (string | undefined)[];
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
    const inputs: VariablesInput[] = [];
    for (const event of events) {
      const given = brand(event.payload);
      inputs.push(inputOf(event, typeof given === 'string' ? given : await given));
    }
    const operation = build(inputs);
    return { operation: operation instanceof Promise ? await operation : operation, sent: events };
  } catch (error) {
    if (events.length > 1) return prepareEach(events, brand, build);
    return { operation: undefined, sent: [], faults: [messageOf(error)] };
  }
}

async function prepareEach(
  events: readonly TargetEvent[],
  brand: Brand,
  build: BuildOperation,
): Promise<Prepared> {
  const alone = await Promise.all(events.map((event) => prepare([event], brand, build)));
  const faults = alone.map((each) => each.faults?.[0]);
  const sent = events.filter((_, index) => faults[index] === undefined);
  // All together fail although each alone does not: it is the group that the contract cannot build.
  const fault = 'the target contract cannot build one request for several events';
  if (sent.length === events.length || sent.length === 0)
    return { operation: undefined, sent: [], faults: faults.map((each) => each ?? fault) };
  const { operation } = await prepare(sent, brand, build);
  if (!operation) return { operation, sent: [], faults: faults.map((each) => each ?? fault) };
  return { operation, sent, faults };
}

function inputOf({ id, payload, timestamp }: TargetEvent, brand: string): VariablesInput {
  return { event: payload, timestamp, brand, idempotencyKey: idempotencyKey(id) };
}
