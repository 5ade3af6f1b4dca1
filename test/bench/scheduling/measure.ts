import type { ExactTarget, TargetCallRecord } from './exact-target.ts';
import type { Setup } from './setup.ts';
import type { Stream } from './stream.ts';

/** Figures of one simulation, or of several together. */
export interface Figures {
  /** Share of the rate that was used: 1 for all of it. */
  rateUsed: number;
  calls: number;
  throttled: number;
  /** Most calls that arrived within a second. */
  busiestSecond: number;
  lookups: number;
  secondCreations: number;
  /** Events that were never created. */
  lost: number;
}

export function measure(target: ExactTarget, stream: Stream, setup: Setup): Figures {
  const { calls, createdAtMs, secondCreations } = target;
  const perSecond = setup.loadPerSecond
    ? creationsPerSecond(stream.ids, createdAtMs)
    : admittedPerSecond(calls);
  return {
    rateUsed: perSecond / setup.ratePerSecond,
    calls: calls.length,
    throttled: calls.filter(({ admitted }) => !admitted).length,
    busiestSecond: busiestSecond(calls),
    lookups: calls.filter(({ isLookup }) => isLookup).length,
    secondCreations,
    lost: setup.events - createdAtMs.size,
  };
}

/** The mean rate used, the busiest of the seconds, and the sum of all else. */
export function together(all: Figures[]): Figures {
  const sum = (of: (figures: Figures) => number) =>
    all.reduce((total, figures) => total + of(figures), 0);
  return {
    rateUsed: sum(({ rateUsed }) => rateUsed) / all.length,
    calls: sum(({ calls }) => calls),
    throttled: sum(({ throttled }) => throttled),
    busiestSecond: Math.max(...all.map(({ busiestSecond }) => busiestSecond)),
    lookups: sum(({ lookups }) => lookups),
    secondCreations: sum(({ secondCreations }) => secondCreations),
    lost: sum(({ lost }) => lost),
  };
}

/** Admitted calls per second, from the first call to the last of which an event was called for the first time: while events waited. */
function admittedPerSecond(calls: TargetCallRecord[]): number {
  const seen = new Set<string>();
  let last = 0;
  for (const [index, { ids }] of calls.entries()) {
    const before = seen.size;
    for (const id of ids) seen.add(id);
    if (seen.size > before) last = index;
  }
  const [first] = calls;
  if (!first || last === 0) return 0;
  const admitted = calls.slice(0, last + 1).filter((call) => call.admitted).length;
  return ((admitted - 1) * 1000) / ((calls[last]?.atMs ?? 0) - first.atMs);
}

/** Creations per second of a live load, from the middle of the first tenth of the events to the middle of the last. */
function creationsPerSecond(ids: string[], createdAtMs: Map<string, number>): number {
  const tenth = Math.floor(ids.length / 10);
  const middleOf = (some: string[]) => {
    const times = some.map((id) => createdAtMs.get(id) ?? Number.POSITIVE_INFINITY);
    return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
  };
  const spanMs = middleOf(ids.slice(-tenth)) - middleOf(ids.slice(0, tenth));
  return ((ids.length - tenth) * 1000) / spanMs;
}

export function busiestSecond(calls: readonly Pick<TargetCallRecord, 'atMs'>[]): number {
  let oldest = 0;
  let most = 0;
  for (const [index, { atMs }] of calls.entries()) {
    while (atMs - (calls[oldest]?.atMs ?? 0) >= 1000) oldest += 1;
    most = Math.max(most, index - oldest + 1);
  }
  return most;
}
