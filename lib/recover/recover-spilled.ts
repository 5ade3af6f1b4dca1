import { messageOf } from '../errors.ts';
import { decodeFact } from '../event/decode.ts';
import { payloadOf } from '../event/encode.ts';
import type { ReceivedFact } from '../event/fact.ts';
import type { Log } from '../log.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Clock, Journal } from '../ports.ts';
import { SPILL_PREFIX, UNREADABLE_PREFIX } from './spill-key.ts';

export interface RecoverPorts {
  spill: ObjectStore;
  journal: Journal;
  clock: Clock;
  log: Log;
}

/** What a run did with the objects that it was given. */
export interface RecoverReport {
  /** Facts now in the journal, their objects deleted. */
  recovered: number;
  /** Objects that hold no event, moved to `unreadable/`. */
  unreadable: number;
  /** Objects that another run has taken care of. */
  gone: number;
  /** Objects left for the next run: the journal or the bucket did not do its part, or time was over. */
  left: number;
}

/** Read, appended and deleted together. */
const GROUP = 100;

/** An ingest fact has at most 256 KiB of payload; what is far larger is not read into memory. */
const MAX_OBJECT_BYTES = 1024 * 1024;

interface Spilled {
  key: string;
  fact: ReceivedFact;
}

/** What reading one object came to. */
type Reading = { kind: 'fact'; spilled: Spilled } | { kind: 'unreadable' | 'gone' | 'left' };

/**
 * Moves spilled facts into the journal. An object is deleted only after its fact is appended, so that a run may stop at any point, and
 * may run beside another: what is appended twice is marked `mayRepeat`, and dispatch looks it up before creating it. One object
 * that cannot be read, or appended, never keeps the others back.
 */
export async function recoverSpilled(
  keys: Iterable<string> | AsyncIterable<string>,
  ports: RecoverPorts,
  untilMs: number,
): Promise<RecoverReport> {
  const report: RecoverReport = { recovered: 0, unreadable: 0, gone: 0, left: 0 };
  let group: string[] = [];
  for await (const key of keys) {
    group.push(key);
    if (group.length < GROUP) continue;
    await recoverGroup(group, ports, untilMs, report);
    group = [];
    if (ports.clock.now() >= untilMs) break;
  }
  await recoverGroup(group, ports, untilMs, report);
  return report;
}

async function recoverGroup(
  keys: string[],
  ports: RecoverPorts,
  untilMs: number,
  report: RecoverReport,
): Promise<void> {
  if (ports.clock.now() >= untilMs) {
    report.left += keys.length;
    return;
  }
  const readings = await Promise.all(keys.map((key) => read(key, ports)));
  for (const { kind } of readings) if (kind !== 'fact') report[kind] += 1;
  const spilled = readings.flatMap((reading) => (reading.kind === 'fact' ? [reading.spilled] : []));
  const failed = new Set(
    await ports.journal.appendAll(
      spilled.map(({ fact }) => fact),
      untilMs,
    ),
  );
  const appended = spilled.filter(({ fact }) => !failed.has(fact));
  report.recovered += appended.length;
  report.left += failed.size;
  await Promise.all(appended.map(({ key }) => remove(key, ports)));
}

async function read(key: string, ports: RecoverPorts): Promise<Reading> {
  try {
    const bytes = await ports.spill.get(key);
    if (!bytes) return { kind: 'gone' };
    const fact = factOf(bytes);
    return typeof fact === 'string'
      ? await setAside(key, bytes, fact, ports)
      : { kind: 'fact', spilled: { key, fact } };
  } catch (error) {
    ports.log.warn('A spilled object could not be read and is left for the next run', {
      key,
      error: messageOf(error),
    });
    return { kind: 'left' };
  }
}

/** The fact in an object, or the reason why there is none. */
function factOf(bytes: Uint8Array): ReceivedFact | string {
  if (bytes.byteLength > MAX_OBJECT_BYTES) return `larger than ${MAX_OBJECT_BYTES} bytes`;
  const text = Buffer.from(bytes).toString('utf8').trim();
  const decoding = decodeFact(text);
  if (!decoding.valid) return decoding.detail;
  if (decoding.fact.type !== 'received') return `a ${decoding.fact.type} fact`;
  return {
    ...decoding.fact,
    payload: payloadOf(text) ?? decoding.fact.payload,
    mayRepeat: true,
  };
}

async function setAside(
  key: string,
  bytes: Uint8Array,
  detail: string,
  { spill, log }: RecoverPorts,
): Promise<Reading> {
  const asideKey = UNREADABLE_PREFIX + key.slice(SPILL_PREFIX.length);
  log.error('A spilled object holds no event: look at it where it is set aside', {
    key: asideKey,
    detail,
  });
  await spill.put(asideKey, bytes, { contentType: 'application/octet-stream' });
  await spill.delete(key);
  return { kind: 'unreadable' };
}

/** The fact is safe by now: an object that cannot be deleted is only appended once more by a later run. */
async function remove(key: string, { spill, log }: RecoverPorts): Promise<void> {
  await spill.delete(key).catch((error) => {
    log.warn('A recovered object could not be deleted and will be appended again', {
      key,
      error: messageOf(error),
    });
  });
}
