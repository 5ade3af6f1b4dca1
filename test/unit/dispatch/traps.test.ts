// Ways in which an earlier version gave up, repeated or held back what it should not have.
import { expect, it } from 'vitest';
import { CREDENTIAL_UNAVAILABLE } from '../../../lib/errors.ts';
import type { Verdict } from '../../../lib/ports.ts';
import { seededRandom } from '../../../local/target/gate.ts';
import {
  createLaneLab,
  failure,
  idsOf,
  lookupFailure,
  received,
  recordOf,
  recordsOf,
  START_MS,
} from '../../support/lane-lab.ts';

const bad = failure('rejected', 'BAD_USER_INPUT');
const MINUTE = 60_000;
const REFUSED_DOCUMENT: Verdict = {
  kind: 'rejected',
  isAboutDocument: true,
  code: 'GRAPHQL_VALIDATION_FAILED',
  message: 'no',
};

const nameOf = (payload: unknown) => (payload as { name?: string } | undefined)?.name;

it('takes answers of calls that began before an outage for no proof', async () => {
  const lab = createLaneLab();
  lab.target.creates = (_, nowMs) => {
    const out = nowMs >= START_MS + 3000 && nowMs < START_MS + 60_000;
    lab.target.latencyMs = out ? 10 : 400;
    return out ? bad : undefined;
  };
  await lab.drain(recordsOf(idsOf(1000)));
  for (let m = 0; m < 60 && lab.parking.parked.length > 0; m++) {
    await lab.clock.advance(MINUTE);
    await lab.deliver(lab.released());
  }
  expect(lab.count('deadLettered')).toBe(0);
});

it('dead-letters nothing that a second outage rejects after the first', async () => {
  const lab = createLaneLab();
  let out = true;
  lab.target.creates = () => (out ? bad : undefined);
  await lab.deliver(recordsOf(idsOf(60)), 110_000);
  out = false;
  await lab.deliver(recordsOf(idsOf(200, 'good'), 5000));
  await lab.clock.advance(2 * MINUTE);
  out = true;
  await lab.deliver([...lab.released(), ...recordsOf(idsOf(40, 'x'), 8000)]);
  out = false;
  for (let m = 0; m < 60 && lab.parking.parked.length > 0; m++) {
    await lab.clock.advance(MINUTE);
    await lab.deliver(lab.released());
  }
  expect(lab.count('deadLettered')).toBe(0);
});

it('creates nothing twice when a group is refused in part', async () => {
  const lab = createLaneLab({ settings: { groups: { creations: 10, lookups: 50 } } });
  lab.target.unique = false;
  const create = lab.target.create.bind(lab.target);
  lab.target.create = async (events) => {
    const r = await create(events);
    if (events.length === 1) return r;
    // the last event's item is null, with an error that has no path
    const verdicts = r.verdicts.map((v, i) =>
      i === events.length - 1 ? failure('unknown', 'NO_DATA') : v,
    );
    return { ...r, verdicts, retryAlone: true };
  };
  await lab.deliver(recordsOf(idsOf(20)));
  expect(lab.target.created.length).toBe(20);
});

it('looks up only when a slow target cannot be working on it any more', async () => {
  const lab = createLaneLab({ random: seededRandom(3) });
  lab.target.unique = false;
  const slow = (n: number) => n >= START_MS + 1000 && n < START_MS + 30_000;
  lab.target.creates = (_, n) => {
    lab.target.latencyMs = slow(n) ? 6000 : 50;
    lab.target.effectMs = slow(n) ? 8000 : 25;
    return undefined;
  };
  lab.target.looks = () => {
    lab.target.latencyMs = 50;
    return undefined;
  };
  await lab.drain(recordsOf(idsOf(400)));
  for (let m = 0; m < 60 && lab.parking.parked.length > 0; m++) {
    await lab.clock.advance(MINUTE);
    await lab.deliver(lab.released());
  }
  const twice = idsOf(400).filter((id) => lab.target.countOf(id) > 1);
  expect(twice.length).toBe(0);
});

it('ends an event that is always throttled, at a low rate', async () => {
  const lab = createLaneLab({ rate: 0.5, settings: { batchSize: 100 } });
  lab.target.creates = (id) => (id === 'e0' ? failure('throttled', 'HTTP_429', 1000) : undefined);
  await lab.drain(recordsOf(idsOf(200)), { budgetMs: 110_000 });
  for (let m = 0; m < 180 && lab.parking.parked.length > 0; m++) {
    await lab.clock.advance(MINUTE);
    await lab.deliver([
      ...recordsOf([`n${m}`], 9000 + m * 10),
      ...lab.released(),
      ...recordsOf([`m${m}`], 9001 + m * 10),
    ]);
  }
  expect(lab.target.opsOf('e0').length).toBeLessThan(30);
});

it('ends an event that is always throttled beside a quiet stream', async () => {
  const lab = createLaneLab();
  lab.target.creates = (id) => (id === 'e0' ? failure('throttled', 'HTTP_429') : undefined);
  await lab.deliver(recordsOf(['e0']));
  for (let m = 0; m < 240; m++) {
    await lab.clock.advance(MINUTE - 5000);
    await lab.deliver(recordsOf([`n${m}`], 9000 + m * 10));
    await lab.clock.advance(5000);
    const x = lab.released();
    if (x.length) await lab.deliver(x);
  }
  expect(lab.target.opsOf('e0').length).toBeLessThan(31);
});

it('ends an event that always times out while a backlog waits', async () => {
  const lab = createLaneLab({ rate: 1000, settings: { batchSize: 400 } });
  lab.target.creates = (id) => {
    lab.target.latencyMs = id === 'bad' ? 9000 : 50;
    lab.target.effectMs = id === 'bad' ? 1e9 : 25;
    return undefined;
  };
  lab.target.looks = () => {
    lab.target.latencyMs = 50;
    return undefined;
  };
  let n = 0;
  const good = (k: number) => recordsOf(idsOf(k, `g${n++}_`), 10_000 + n * 1000);
  await lab.deliver([...recordsOf(['bad']), ...good(399)]);
  let rounds = 0;
  while (lab.parking.parked.length > 0 && rounds++ < 70) {
    await lab.clock.advance(Math.max(0, (lab.parking.parked[0]?.dueMs ?? 0) - lab.clock.now()));
    const rel = lab.released();
    await lab.deliver([...rel, ...good(399)]);
  }
  expect(lab.target.opsOf('bad').length).toBeLessThan(31);
});

it('keeps the newer version of an event that was set aside', async () => {
  const lab = createLaneLab();
  lab.target.unique = false;
  lab.target.creates = (_, nowMs) =>
    nowMs < START_MS + 5000 ? failure('unavailable', 'HTTP_404') : undefined;
  const old = received('v', {
    payload: { id: 'v', name: 'old', body: 'b', timestamp: 1_700_000_000 },
  });
  const neu = received('v', {
    payload: { id: 'v', name: 'new', body: 'b', timestamp: 1_700_000_001 },
  });
  await lab.deliver([recordOf(old, 1), ...recordsOf(idsOf(30)), recordOf(neu, 2000)]);
  const names = lab.target.created
    .filter(({ id }) => id === 'v')
    .map(({ payload }) => nameOf(payload));
  expect(names.at(-1)).toBe('new');
});

it('gives up nothing for a refused document, also where rejections are dead-lettered', async () => {
  const lab = createLaneLab({ settings: { onSystemicRejection: 'dead-letter', maxAttempts: 3 } });
  lab.target.creates = (_, n) => (n < START_MS + 10_000 ? REFUSED_DOCUMENT : undefined);
  await lab.drain(recordsOf(idsOf(1000)));
  for (let m = 0; m < 400 && lab.parking.parked.length > 0; m++) {
    await lab.clock.advance(MINUTE);
    await lab.deliver(lab.released());
  }
  expect(lab.count('deadLettered')).toBe(0);
});

it('takes lookups that are answered for the end of a closed window', async () => {
  const lab = createLaneLab();
  const ids = idsOf(1200);
  for (const id of ids) lab.target.add(id);
  lab.target.looks = (id) =>
    id === 'e0' && lab.target.calls.length < 2
      ? { ...lookupFailure('throttled', 'HTTP_429') }
      : undefined;
  await lab.drain(ids.map((id, n) => recordOf(received(id, { mayRepeat: true }), n)));
  expect(lab.secondsPassed()).toBeLessThan(10);
});

it('does not send a newer version while the older one is not parked', async () => {
  const lab = createLaneLab({ errorsExpected: true });
  lab.target.unique = false;
  lab.parking.fails = true;
  lab.target.creates = (_id, n, e) =>
    nameOf(e.payload) === 'old' && n < START_MS + 20_000
      ? failure('unavailable', 'HTTP_404')
      : undefined;
  const p = (name: string) =>
    received('v', { payload: { id: 'v', name, body: 'b', timestamp: 1_700_000_000 } });
  const recs = [recordOf(p('old'), 1), ...recordsOf(idsOf(30)), recordOf(p('new'), 2000)];
  await lab.deliver(recs);
  await lab.clock.advance(20_000);
  await lab.deliver(recs);
  expect(nameOf(lab.target.created.findLast(({ id }) => id === 'v')?.payload)).toBe('new');
});

it('looks up what a refused group may have created', async () => {
  const lab = createLaneLab({ settings: { groups: { creations: 10, lookups: 50 } } });
  lab.target.unique = false;
  const create = lab.target.create.bind(lab.target);
  lab.target.create = async (events) => {
    const r = await create(events);
    if (events.length === 1) return r;
    return {
      status: null,
      verdicts: events.map(() => failure('unknown', 'RESPONSE_TOO_LARGE')),
      retryAlone: true,
    };
  };
  await lab.deliver(recordsOf(idsOf(20)));
  expect(lab.target.created.length).toBe(20);
});

it('holds nothing against events while there is no credential to call the target with', async () => {
  const lab = createLaneLab();
  let isMissing = true;
  lab.target.creates = () =>
    isMissing ? failure('unavailable', CREDENTIAL_UNAVAILABLE) : undefined;
  const delivered = lab.deliver(recordsOf(idsOf(3)), 60_000);
  await lab.clock.advance(2000);
  isMissing = false;
  await delivered;
  expect(lab.count('delivered')).toBe(3);
  expect(lab.parking.parked).toEqual([]);
});
