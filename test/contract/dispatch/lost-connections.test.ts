import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { systemClock } from '../../../lib/clock.ts';
import { deliverBatch } from '../../../lib/dispatch/deliver-batch.ts';
import { Pacer } from '../../../lib/dispatch/pacer.ts';
import { DEFAULT_CODES } from '../../../lib/target/codes.ts';
import type { TargetContract } from '../../../lib/target/contract.ts';
import { createGraphQlTarget } from '../../../lib/target/graphql-target.ts';
import { InMemorySchedule } from '../../support/in-memory-schedule.ts';
import { itemContract } from '../../support/item-contract.ts';
import { createLaneLab, idsOf, recordsOf, SHARD } from '../../support/lane-lab.ts';
import { listen } from '../../support/test-server.ts';

const RATE = 1000;
/** As many as a lane opens (`maxInFlight`). */
const CONNECTIONS = 50;

type Body = { query: string; variables: Record<string, string> };

/**
 * A target behind a NAT gateway. From `forget` on, it resets every connection made before, at its next request; `processes` tells whether
 * it acts on that request all the same. It answers or resets none before `hold` of them wait, so that all connections are in use at once.
 */
async function startForgetfulTarget() {
  const open = new Set<Socket>();
  const creations: { id: string; key: unknown; isNew: boolean }[] = [];
  const lookups: string[][] = [];
  const nat = { forgotten: new Set<Socket>(), hold: CONNECTIONS, processes: false, resets: 0 };
  const held: (() => void)[] = [];

  function act({ query, variables }: Body, { headers }: IncomingMessage) {
    const key = headers['idempotency-key'];
    const isNew = headers.connection === 'close';
    const ids = Object.entries(variables).filter(([name]) => /^id\d*$/.test(name));
    const isLookup = query.trim().startsWith('query');
    if (isLookup) lookups.push(ids.map(([, id]) => id));
    const before = new Set(creations.map(({ id }) => id));
    if (!isLookup) for (const [, id] of ids) creations.push({ id, key, isNew });
    const field = (name: string) => `${isLookup ? 'getItem' : 'createItem'}${name.slice(2)}`;
    const items = ids.map(([name, id]) => [
      field(name),
      isLookup && !before.has(id) ? null : { id },
    ]);
    return { data: Object.fromEntries(items) };
  }

  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const isLost = nat.forgotten.has(request.socket);
      if (isLost) nat.resets += 1;
      const result = isLost && !nat.processes ? {} : act(JSON.parse(text), request);
      held.push(() => {
        if (isLost) request.socket.resetAndDestroy();
        else response.setHeader('content-type', 'application/json').end(JSON.stringify(result));
      });
      if (held.length < nat.hold) return;
      nat.hold = 0;
      for (const answer of held.splice(0)) answer();
    });
  });
  server.on('connection', (socket) => open.add(socket));
  const url = `http://${await listen(server)}/graphql`;

  function forget(how: { hold: number; processes?: boolean }): void {
    nat.forgotten = new Set(open);
    Object.assign(nat, { processes: false, ...how });
    creations.length = 0;
  }
  return { url, open, creations, lookups, nat, forget };
}

/** A lane that has just used {@link CONNECTIONS} connections to it at once. */
async function openWarmLane(contract: Partial<TargetContract> = {}) {
  const behindNat = await startForgetfulTarget();
  let restedMs = 0;
  const clock = { ...systemClock, now: () => Date.now() + restedMs };
  const lab = createLaneLab({ rate: RATE });
  const target = createGraphQlTarget({
    url: behindNat.url,
    timeoutMs: 5000,
    contract: itemContract(contract),
    brand: () => 'acme',
    credential: { headers: () => ({}), refused: () => undefined },
    codes: DEFAULT_CODES,
    responseMaxBytes: 1_000_000,
    clock,
  });
  const pacer = new Pacer({
    ...{ clock, log: lab.log, ratePerSecond: RATE, clockSkewMs: 0, onState: () => undefined },
    schedule: new InMemorySchedule(clock),
  });
  const lane = { ...lab.lane, target, clock, pacer };
  let sequence = 0;
  const deliver = (ids: string[]) => {
    const stopAtMs = clock.now() + 20_000;
    const budget = { stopAtMs, appendUntilMs: stopAtMs + 5000 };
    sequence += 1000;
    return deliverBatch({ shardId: SHARD, records: recordsOf(ids, sequence) }, lane, budget);
  };
  await deliver(idsOf(CONNECTIONS, 'warm'));
  expect(behindNat.open.size).toBe(CONNECTIONS);
  /** Passes as for a frozen environment: no timer runs. */
  const rest = (ms: number) => {
    restedMs += ms;
  };
  return { ...behindNat, lab, deliver, rest };
}

const IDS = idsOf(200);
const ALL_DELIVERED = { delivered: 200, deferred: 0, deadLettered: 0, targetHealth: 'well' };

it.each([false, true])(
  'delivers everything once after the connections were lost; were the requests processed: %s',
  async (processes) => {
    const { lab, deliver, forget, creations, lookups, nat } = await openWarmLane();
    forget({ hold: CONNECTIONS, processes });
    expect(await deliver(IDS)).toMatchObject(ALL_DELIVERED);
    expect(nat.resets).toBe(CONNECTIONS);
    expect(creations.map(({ id }) => id).toSorted()).toEqual(IDS.toSorted());
    // Each that was lost is looked up, once.
    const lookedUp = lookups.flat();
    expect([lookedUp.length, new Set(lookedUp).size]).toEqual([CONNECTIONS, CONNECTIONS]);
    expect(lab.parking.parked).toEqual([]);
    expect(lab.log.lines.filter(({ level }) => level !== 'info')).toEqual([]);
  },
);

it('sends what was lost again with its idempotency key at a target without a lookup', async () => {
  const { deliver, forget, creations, nat } = await openWarmLane({ lookupField: undefined });
  forget({ hold: CONNECTIONS, processes: true });
  expect(await deliver(IDS)).toMatchObject(ALL_DELIVERED);
  expect(nat.resets).toBe(CONNECTIONS);
  expect(creations).toHaveLength(IDS.length + CONNECTIONS);
  // What is sent again goes over connections that no one used before.
  expect(creations.filter(({ isNew }) => isNew)).toHaveLength(CONNECTIONS);
  expect(new Set(creations.map(({ key }) => key)).size).toBe(IDS.length);
});

it('loses nothing after a rest of more than 30 s, since it opens new connections', async () => {
  const { deliver, forget, lookups, nat, rest } = await openWarmLane();
  forget({ hold: 0 });
  rest(31_000);
  expect(await deliver(IDS)).toMatchObject({ ...ALL_DELIVERED, calls: IDS.length });
  expect(nat.resets).toBe(0);
  expect(lookups).toEqual([]);
});
