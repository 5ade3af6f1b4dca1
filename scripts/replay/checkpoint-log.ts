import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import type { Place } from '../../lib/archive/entry.ts';
import type { Progress, RunLog } from '../../lib/replay/run.ts';
import { ALL_REASONS } from '../../lib/replay/selection.ts';
import { UsageError } from '../flags.ts';

const headerSchema = v.object({
  runId: v.string(),
  reason: v.string(),
  /** The archive that the places are in. */
  stack: v.string(),
  events: v.number(),
  /** The target has none of the events: they are created without a lookup. */
  intoEmptyTarget: v.optional(v.boolean(), false),
  selection: v.object({
    source: v.picklist(['archive', 'failures']),
    fromMs: v.nullable(v.number()),
    toMs: v.number(),
    state: v.picklist(['any', 'undelivered', 'deadLettered']),
    reasons: v.array(v.picklist(ALL_REASONS)),
    ids: v.nullable(v.array(v.string())),
    idsFile: v.nullable(v.string()),
    name: v.nullable(v.string()),
    limit: v.nullable(v.number()),
    endedBeforeMs: v.number(),
    givenUpBeforeMs: v.number(),
  }),
});

/** What a run is about: the first line of its checkpoint. */
export type RunHeader = v.InferOutput<typeof headerSchema>;

/** Which events a run is about, as it can be kept in a file. */
export type KeptSelection = RunHeader['selection'];

const progressSchema = v.object({
  key: v.string(),
  line: v.number(),
  appended: v.number(),
  refused: v.array(v.string()),
  /** Appended now, after an earlier part of the run could not. */
  recovered: v.optional(v.array(v.string()), []),
});

/** A run as its checkpoint tells it. */
export interface EarlierRun {
  header: RunHeader;
  appended: number;
  /** Events that it could not append. */
  refused: Set<string>;
  /** True of what the run has appended: all up to the places that it noted, but for what was refused. */
  isDone: (place: Place, eventId: string) => boolean;
}

export interface CheckpointLog extends RunLog {
  path: string;
  close(): Promise<void>;
}

/**
 * Opens a new checkpoint, or goes on with that of an earlier part of the run. It is a line a group, each written before the
 * next group's: a kill loses what was being appended at most, which is then appended again.
 */
export async function openCheckpoint(
  path: string,
  header: RunHeader,
  earlier?: EarlierRun,
): Promise<CheckpointLog> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, earlier ? 'a' : 'wx');
  // A kill may have left half a line, which must not spoil the next one.
  await file.write(earlier ? '\n' : `${JSON.stringify(header)}\n`);
  return {
    path,
    async note({ key, line, appended, refused }: Progress) {
      const recovered = appended.filter((id) => earlier?.refused.has(id));
      const progress = { key, line, appended: appended.length, refused, recovered };
      await file.write(`${JSON.stringify(progress)}\n`);
    },
    close: () => file.close(),
  };
}

/** Reads a checkpoint; a {@link UsageError} where it is none. */
export async function readCheckpoint(path: string): Promise<EarlierRun> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new UsageError(`--resume ${path} cannot be read: ${error.message}`);
  });
  const [first = '', ...rest] = text.split('\n');
  const header = v.safeParse(headerSchema, parse(first));
  if (!header.success) throw new UsageError(`--resume ${path} is no checkpoint of a replay.`);
  const progress = rest.flatMap((line) => {
    // An empty line, or what a kill left of one.
    const result = v.safeParse(progressSchema, parse(line));
    return result.success ? [result.output] : [];
  });
  return earlierRun(header.output, progress);
}

function earlierRun(
  header: RunHeader,
  progress: v.InferOutput<typeof progressSchema>[],
): EarlierRun {
  const refused = new Set<string>();
  let last: Place = { key: '', line: 0 };
  let appended = 0;
  for (const group of progress) {
    // What was refused is appended before the rest when the run is taken up again: its places lie before the last one.
    if (isAfter(group, last)) last = { key: group.key, line: group.line };
    appended += group.appended;
    for (const id of group.refused) refused.add(id);
    for (const id of group.recovered) refused.delete(id);
  }
  const isDone = (place: Place, eventId: string) => !isAfter(place, last) && !refused.has(eventId);
  return { header, appended, refused, isDone };
}

const isAfter = (place: Place, other: Place) =>
  place.key === other.key ? place.line > other.line : place.key > other.key;

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
