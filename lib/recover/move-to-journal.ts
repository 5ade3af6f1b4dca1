import { messageOf } from '../errors.ts';
import { decodeFact } from '../event/decode.ts';
import { payloadOf } from '../event/encode.ts';
import type { ReceivedFact } from '../event/fact.ts';
import type { Log } from '../log.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Clock, Journal } from '../ports.ts';
import { unreadableKey } from './spill-key.ts';

export interface RecoverPorts {
  spill: ObjectStore;
  journal: Journal;
  clock: Clock;
  log: Log;
}

/** What became of the objects that were to be moved. */
export interface MoveReport {
  /** Facts now in the journal, their objects deleted. */
  moved: number;
  /** Objects that hold no event, moved to `unreadable/`. */
  unreadable: number;
  /** Objects that another run has taken care of. */
  gone: number;
  /** Objects left for the next run: the journal or the bucket did not do its part, or time was over. */
  left: number;
}

/** Read, appended and deleted together. */
const GROUP = 100;

/** An ingest fact has at most 256 KiB of payload; what is far larger holds no event. */
const MAX_OBJECT_BYTES = 1024 * 1024;

interface Stored {
  key: string;
  fact: ReceivedFact;
}

/** What reading one object came to. */
type Reading = { kind: 'fact'; stored: Stored } | { kind: 'unreadable' | 'gone' | 'left' };

/**
 * Moves the `received` facts of objects into the journal. An object is deleted only after its fact is appended, so that a run may stop
 * at any point, and may run beside another: what is appended twice is marked `mayRepeat`, and dispatch looks it up before creating
 * it. One object that cannot be read, or appended, never keeps the others back.
 */
export async function moveToJournal(
  keys: Iterable<string> | AsyncIterable<string>,
  ports: RecoverPorts,
  untilMs: number,
): Promise<MoveReport> {
  const report: MoveReport = { moved: 0, unreadable: 0, gone: 0, left: 0 };
  let group: string[] = [];
  for await (const key of keys) {
    group.push(key);
    if (group.length < GROUP) continue;
    await moveGroup(group, ports, untilMs, report);
    group = [];
    if (ports.clock.now() >= untilMs) break;
  }
  await moveGroup(group, ports, untilMs, report);
  return report;
}

async function moveGroup(
  keys: string[],
  ports: RecoverPorts,
  untilMs: number,
  report: MoveReport,
): Promise<void> {
  if (ports.clock.now() >= untilMs) {
    report.left += keys.length;
    return;
  }
  const readings = await Promise.all(keys.map((key) => read(key, ports)));
  for (const { kind } of readings) if (kind !== 'fact') report[kind] += 1;
  const stored = readings.flatMap((reading) => (reading.kind === 'fact' ? [reading.stored] : []));
  const failed = new Set(
    await ports.journal.appendAll(
      stored.map(({ fact }) => fact),
      untilMs,
    ),
  );
  const appended = stored.filter(({ fact }) => !failed.has(fact));
  report.moved += appended.length;
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
      : { kind: 'fact', stored: { key, fact } };
  } catch (error) {
    ports.log.warn('An object of the spill bucket could not be read and is left for the next run', {
      key,
      error: messageOf(error),
    });
    return { kind: 'left' };
  }
}

/** The fact in an object, its payload to the letter, or the reason why there is none. */
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
  const asideKey = unreadableKey(key);
  log.error('An object of the spill bucket holds no event: look at it where it is set aside', {
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
